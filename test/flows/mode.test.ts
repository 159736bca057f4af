import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { command, commandProcess } from '../support/command.ts'
import { hearFunctions } from '../support/ear.ts'
import { HOUR, passTime } from '../support/time.ts'

// A stage that begins by observing, is let go, stopped and let go again.
const told = hearFunctions()
const BY = 'arn:aws:iam::000000000000:user/local'
let cloud: TestCloud
let ann: string
let bob: string
let sales: string

beforeAll(async () => {
  cloud = await testCloud({ settings: { mode: 'observe' } })
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
})
afterAll(() => cloud.close())

const written = () => cloud.qbusiness.calls.filter(({ operation }) => /^(Put|Delete)Group$/.test(operation ?? ''))
const switched = (verb: 'go' | 'stop', reason: string) => command([verb, '--reason', reason])

test('before the first minute there is nothing to let go or to stop', async () => {
  for (const verb of ['go', 'stop'] as const) {
    const { status, stderr } = await switched(verb, 'x')
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'Nothing has run here yet: wait for the first minute of the stage.\n',
    })
  }
})

test('a new stage does everything but put: it reads, says what it would put, and counts that it does not', async () => {
  sales = await cloud.groupOf('Sales', ann, bob)
  await cloud.admin.leave(sales, bob)
  await cloud.settled()
  await cloud.reconcile()
  await cloud.minutes(2)
  expect(await cloud.snapshot.mirror(sales)).toMatchObject({ state: 'present', count: 1 })
  expect(written()).toEqual([])
  expect(told.counted('PutsStopped')).toBe(2)
  expect(told.said('a put waits')[0]).toMatchObject({
    name: 'Sales',
    because: 'this stage only observes: nothing was put yet',
  })
  const { status, stdout } = await commandProcess(['plan'])
  expect(status).toBe(3)
  expect(stdout).toContain(
    'Nothing of it is put before npx q-group-sync go: this stage only observes: nothing was put yet.\n',
  )
  expect(stdout).toContain('  new\n  + ann@example.com\n')
  const markdown = (await command(['plan', '--markdown'])).stdout
  expect(markdown).toContain('**Nothing of it is put before npx q-group-sync go: this stage only observes')
  expect(JSON.parse((await command(['plan', '--json'])).stdout).stopped).toMatch(/^this stage only observes/)
})

test('what waits makes no work: no row is due for it, and to ring it again writes nothing', async () => {
  const before = await cloud.ledger('Sales')
  expect(before).toMatchObject({ ours: false, retryAt: null })
  await cloud.invoke('replay', { groups: [sales] })
  await cloud.settled()
  expect(told.said('a put waits').length).toBeGreaterThan(1)
  expect((await cloud.catchUp()).due).toBe(0)
  expect(await cloud.ledger('Sales')).toEqual(before)
})

test('go puts what has waited, within a minute, and is kept with who said it and why', async () => {
  const { status, stdout, stderr } = await commandProcess(['go', '--reason', 'the plan is as it should be'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain(`puts go on`)
  expect(stdout).toContain(`Kept with ${BY} and “the plan is as it should be”.`)
  const reads = cloud.reads()
  await cloud.catchUp()
  await cloud.settled()
  expect(cloud.members('Sales')).toEqual(['ann@example.com'])
  // What was read meanwhile is enough.
  expect(cloud.reads()).toBe(reads)
  expect((await cloud.snapshot.identity())?.puts).toMatchObject({ to: 'go', by: BY })
  expect((await command(['plan'])).status).toBe(0)
  expect((await switched('go', 'again')).stdout).toMatch(
    new RegExp(`^Puts go on already, by ${BY} at .* UTC \\(“the plan is as it should be”\\)\\.\\n$`),
  )
})

test('stop counts from the next put on; what is known waits, and nobody is taken out by hand', async () => {
  const stopped = await switched('stop', 'wrong\u001b people')
  expect(stopped).toMatchObject({ status: 0, stderr: '' })
  expect(stopped.stdout).toContain('npx q-group-sync go --reason')
  expect(stopped.stdout).not.toContain('\u001b[3')
  const before = written().length
  await cloud.admin.join(sales, bob)
  const late = await cloud.groupOf('Late', bob)
  expect(await cloud.snapshot.mirror(late)).toMatchObject({ count: 1 })
  await cloud.reconcile()
  await cloud.catchUp()
  expect(written().length).toBe(before)
  expect(cloud.members('Late')).toBeUndefined()
  const removed = await command(['remove', 'ann@example.com', '--reason', 'x'])
  expect(removed).toMatchObject({ status: 1, stdout: '' })
  expect(removed.stderr).toMatch(
    /^Nobody is taken out while puts are stopped since .*, by arn:.* \(“wrong\\u\{1b\} people”\)\. A put/,
  )
  expect((await cloud.snapshot.budget()).removed).toEqual([])
  expect((await switched('stop', 'again')).stdout).toMatch(/^Puts are stopped already, by arn/)
  // A row that is due by itself is put off, so that it isn't rung every few minutes.
  passTime(HOUR)
  const due = await cloud.ledger('Sales')
  await cloud.snapshot.putLedger({ ...due, doubt: { since: 0, puts: 0 } })
  await cloud.catchUp()
  expect(((await cloud.ledger('Sales')).retryAt ?? 0) - Date.now()).toBeGreaterThan(HOUR / 2)
  expect(written().length).toBe(before)
  await switched('go', 'they were right')
  await cloud.catchUp()
  expect([cloud.members('Sales'), cloud.members('Late')]).toEqual([
    ['ann@example.com', 'bob@example.com'],
    ['bob@example.com'],
  ])
})

test('go asks the guard with the sum of what waited', async () => {
  await switched('stop', 'to be seen')
  await cloud.deploy({ guard: { all: { number: 3, fraction: 0.5, floor: 1 } } })
  const people = await Promise.all([1, 2, 3, 4].map((each) => cloud.admin.createUser(`p${each}@example.com`)))
  await switched('go', 'for the beginning')
  const groups = []
  for (const [index, person] of people.entries()) groups.push(await cloud.groupOf(`g${index}`, person, ann, bob))
  await switched('stop', 'all at once')
  for (const [index, person] of people.entries()) await cloud.admin.leave(groups[index]!, person)
  await cloud.settled()
  await switched('go', 'nobody looked')
  await cloud.catchUp()
  for (const index of people.keys()) {
    expect(cloud.members(`g${index}`)).toHaveLength(3)
    expect((await cloud.ledger(`g${index}`)).holds).toMatchObject([{ axis: 'all', count: 1 }])
  }
  // What a person decides meanwhile waits, too.
  await switched('stop', 'once more')
  const { id } = (await cloud.ledger('g0')).holds[0]!
  const approved = await command(['approve', 'g0', '--hold', id, '--reason', 'right'])
  expect(approved.stdout).toMatch(
    /Nothing is put before q-group-sync go: puts are stopped since .* UTC, by .* \(“once more”\)\.\n$/,
  )
  await cloud.settled()
  expect(cloud.members('g0')).toHaveLength(3)
  await switched('go', 'enough')
  await cloud.catchUp()
  expect(cloud.members('g0')).toEqual(['ann@example.com', 'bob@example.com'])
  const { Attributes } = await cloud.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: cloud.deadLetterQueues.names, AttributeNames: ['All'] }),
  )
  expect(Attributes!['ApproximateNumberOfMessages']).toBe('0')
})
