import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, HOUR, MINUTE, passTime } from '../support/time.ts'

let cloud: TestCloud
let ann: string
let bob: string

beforeAll(async () => {
  cloud = await testCloud()
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
})
beforeEach(() => {
  cloud.okta.faults.reset()
  cloud.qbusiness.faults.clear()
  Object.assign(cloud.qbusiness.switches, defaultSwitches)
})
afterAll(() => cloud.close())

async function groupOf(name: string, ...members: string[]): Promise<string> {
  const id = await cloud.admin.createGroup(name)
  for (const member of members) await cloud.admin.join(id, member)
  await cloud.settled()
  return id
}

test('while Okta does not answer nobody is removed and no hint is lost', async () => {
  const id = await groupOf('okta-down', ann, bob)
  cloud.okta.faults.next({ answer: 503, times: 1000, path: /groups/ })
  await cloud.admin.leave(id, bob).catch(() => undefined)
  cloud.okta.faults.reset()
  await cloud.admin.leave(id, bob)
  cloud.okta.faults.next({ answer: 503, times: 1000, path: /groups/ })
  await cloud.settled()
  await cloud.minutes(3)
  expect(cloud.members('okta-down')).toEqual(['ann@example.com', 'bob@example.com'])
  expect(await cloud.messages(cloud.deadLetterQueues.hints)).toBe(0)
  cloud.okta.faults.reset()
  passTime(HOUR)
  await cloud.minutes(1)
  expect(cloud.members('okta-down')).toEqual(['ann@example.com'])
})

test("a user's hint survives Okta not answering", async () => {
  const user = await cloud.admin.createUser('followed@example.com')
  await groupOf('followed', user)
  cloud.okta.faults.next({ answer: 503, times: 1000, path: new RegExp(`users/${user}/groups`) })
  await cloud.admin.lifecycle(user, 'suspend')
  await cloud.settled()
  expect(cloud.members('followed')).toEqual(['followed@example.com'])
  cloud.okta.faults.reset()
  await cloud.minutes(2)
  expect(cloud.members('followed')).toEqual([])
})

test.for(['truncated', 'cut', 'repeated-page'] as const)(
  'a member list that comes %s removes nobody',
  async (answer) => {
    const name = `whole-${answer}`
    const people = []
    for (let index = 0; index < 250; index++) {
      people.push(cloud.okta.org.quietly(() => cloud.okta.org.createUser(`${answer}-${index}@example.com`)).id)
    }
    const id = await cloud.admin.createGroup(name)
    cloud.okta.org.quietly(() => {
      for (const person of people) cloud.okta.org.addMember(id, person)
    })
    await cloud.admin.join(id, ann)
    await cloud.settled()
    expect(cloud.members(name)).toHaveLength(251)
    // The second read, for the proof, is whole.
    cloud.okta.faults.next({
      answer,
      times: 1,
      method: 'GET',
      path: new RegExp(`groups/${id}/users`),
      skip: answer === 'repeated-page' ? 1 : 0,
    })
    await cloud.admin.join(id, bob)
    await cloud.settled()
    await cloud.minutes(2)
    expect(cloud.members(name)).toHaveLength(252)
    expect(cloud.puts(name).every(({ members }) => members!.length >= 251)).toBe(true)
  },
)

test("a 404 in between that isn't Okta's proves nothing, and neither does one 404 of Okta's", async () => {
  const id = await groupOf('one-404', ann)
  cloud.okta.faults.sees = () => false
  await cloud.invoke('replay', { groups: [id] })
  await cloud.settled()
  cloud.okta.faults.reset()
  await cloud.minutes(2)
  expect(cloud.members('one-404')).toEqual(['ann@example.com'])
})

test('an expired token is asked for anew', async () => {
  const id = await groupOf('token', ann)
  cloud.okta.tokens.revoke()
  await cloud.admin.join(id, bob)
  await cloud.settled()
  expect(cloud.members('token')).toEqual(['ann@example.com', 'bob@example.com'])
})

test.for([
  { kind: 'answer', error: 'ThrottlingException', times: 3 },
  { kind: 'answer', error: 'ConflictException' },
  { kind: 'answer', error: 'InternalServerException', times: 3 },
  { kind: 'apply-then-answer', error: 'InternalServerException', times: 3 },
  { kind: 'apply-then-cut', times: 3 },
  { kind: 'fail-later' },
] as const)('a put that meets $kind $error is put again, and ends right', async (fault) => {
  const name = `put ${Object.values(fault).join(' ')}`
  const id = await groupOf(name, ann, bob)
  expect(cloud.members(name)).toHaveLength(2)
  cloud.qbusiness.faults.add({ ...fault, operation: 'PutGroup', group: name })
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  await cloud.minutes(3)
  expect(cloud.members(name)).toEqual(['ann@example.com'])
  expect(cloud.qbusiness.faults.left).toBe(0)
  passTime(2 * DAY)
  await cloud.minutes(3)
  expect(await cloud.ledger(name)).toMatchObject({ status: 'confirmed', doubt: null, failures: 0 })
})

test('a put whose answer is lost and that lands ten minutes later is put over again', async () => {
  const id = await groupOf('late-landing', ann, bob)
  await cloud.minutes(2)
  cloud.qbusiness.faults.add({ operation: 'PutGroup', group: 'late-landing', kind: 'apply-late', afterMs: 10 * MINUTE })
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  await cloud.admin.leave(id, ann)
  await cloud.settled()
  await cloud.minutes(1)
  expect(cloud.members('late-landing')).toEqual([])
  await cloud.minutes(11)
  expect(cloud.members('late-landing')).toEqual(['ann@example.com'])
  await cloud.minutes(6)
  expect(cloud.members('late-landing')).toEqual([])
})

test('a change that finds a put PROCESSING waits two minutes at most, and then goes over it', async () => {
  cloud.qbusiness.switches.processingMs = 6 * HOUR
  const id = await groupOf('processing', ann, bob)
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  expect(cloud.puts('processing')).toHaveLength(1)
  await cloud.minutes(3)
  expect(cloud.puts('processing').map(({ members }) => members)).toEqual([
    ['ann@example.com', 'bob@example.com'],
    ['ann@example.com'],
  ])
  expect((await cloud.ledger('processing')).doubt).not.toBeNull()
  cloud.qbusiness.switches.processingMs = 20
  passTime(6 * HOUR)
  await cloud.minutes(1)
  passTime(DAY)
  await cloud.minutes(1)
  expect(cloud.members('processing')).toEqual(['ann@example.com'])
  expect((await cloud.ledger('processing')).doubt).toBeNull()
})

test('what cannot be confirmed in an hour is put once more, and then recorded as unconfirmed', async () => {
  cloud.qbusiness.switches.processingMs = 100 * DAY
  await groupOf('unconfirmed', ann)
  for (let hour = 0; hour < 3; hour++) {
    passTime(HOUR)
    await cloud.minutes(1)
  }
  expect(cloud.puts('unconfirmed').length).toBeGreaterThanOrEqual(2)
  for (let put = 0; put < 5; put++) {
    passTime(13 * HOUR)
    await cloud.minutes(1)
  }
  expect(await cloud.ledger('unconfirmed')).toMatchObject({ status: 'unconfirmed', doubt: null, retryAt: null })
  const puts = cloud.puts('unconfirmed').length
  expect(puts).toBeLessThan(10)
  passTime(2 * DAY)
  await cloud.minutes(1)
  expect(cloud.puts('unconfirmed').length).toBe(puts)
})

test('a list over 1,000 is refused, and leavers still leave', async () => {
  const id = await cloud.admin.createGroup('large')
  const people: string[] = []
  cloud.okta.org.quietly(() => {
    for (let index = 0; index < 999; index++) {
      const { id: user } = cloud.okta.org.createUser(`large-${index}@example.com`)
      cloud.okta.org.addMember(id, user)
      people.push(user)
    }
  })
  await cloud.admin.join(id, ann)
  await cloud.settled()
  expect(cloud.members('large')).toHaveLength(1000)
  await cloud.admin.join(id, bob)
  await cloud.settled()
  expect(cloud.members('large')).toHaveLength(1000)
  expect((await cloud.ledger('large')).refusal).toMatchObject({
    reason: 'list',
    detail: expect.stringContaining('1001'),
  })
  cloud.okta.org.quietly(() => cloud.okta.org.addMember(id, cloud.okta.org.createUser('one-more@example.com').id))
  await cloud.admin.leave(id, ann)
  await cloud.settled()
  expect(cloud.members('large')).toHaveLength(999)
  expect(cloud.members('large')).not.toContain('ann@example.com')
  await cloud.admin.leave(id, people[0]!)
  await cloud.settled()
  expect(cloud.members('large')).toContain('bob@example.com')
  expect(cloud.members('large')).toHaveLength(1000)
  expect((await cloud.ledger('large')).refusal).toBeNull()
})

test('a list that the service refuses is recorded, leavers leave, and the same is not tried again', async () => {
  const id = await groupOf('refused', ann, bob)
  cloud.qbusiness.switches.unknownUsers = 'refused'
  cloud.qbusiness.store.createUser('ann@example.com', 'bob@example.com')
  const stranger = await cloud.admin.createUser('stranger@example.com')
  await cloud.admin.join(id, stranger)
  await cloud.settled()
  expect(cloud.members('refused')).toEqual(['ann@example.com', 'bob@example.com'])
  expect((await cloud.ledger('refused')).refusal?.reason).toBe('service')
  const puts = cloud.puts('refused').length
  await cloud.minutes(3)
  await cloud.reconcile()
  expect(cloud.puts('refused').length).toBe(puts)
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  expect(cloud.members('refused')).toEqual(['ann@example.com'])
})

test('where an empty list is refused, nobody who can sign in is put in its place', async () => {
  cloud.qbusiness.switches.emptyList = 'refused'
  const id = await groupOf('emptied', ann)
  await cloud.admin.leave(id, ann)
  await cloud.settled()
  expect(cloud.members('emptied')).toEqual(['nobody@q-group-sync.invalid'])
})

test('GetGroup in whole seconds, and one that shows an old status for a while, confirm in the end', async () => {
  Object.assign(cloud.qbusiness.switches, {
    lastUpdatedAt: 'seconds',
    statusHistory: 'last-only',
    staleStatusMs: 30_000,
  })
  const id = await groupOf('stale-status', ann)
  await cloud.admin.join(id, bob)
  await cloud.settled()
  await cloud.minutes(4)
  expect(cloud.members('stale-status')).toEqual(['ann@example.com', 'bob@example.com'])
  passTime(2 * HOUR)
  await cloud.minutes(2)
  passTime(2 * DAY)
  await cloud.minutes(3)
  expect((await cloud.ledger('stale-status')).status).toBe('confirmed')
})

test('500 changes of one group within 10 s cost fewer than 20 reads, and end right', async () => {
  const id = await groupOf('burst', ann)
  const people = await Promise.all(
    Array.from(
      { length: 250 },
      async (_, index) => cloud.okta.org.quietly(() => cloud.okta.org.createUser(`burst-${index}@example.com`)).id,
    ),
  )
  const reads = cloud.reads()
  const began = performance.now()
  for (let index = 0; index < 500; index++) {
    const person = people[index % 250]!
    await (index < 250
      ? cloud.admin.join(id, person)
      : index % 2 === 0
        ? cloud.admin.leave(id, person)
        : cloud.admin.join(id, bob))
  }
  expect(performance.now() - began).toBeLessThan(10_000)
  await cloud.settled()
  expect(cloud.reads() - reads).toBeLessThan(20)
  const right = [
    'ann@example.com',
    'bob@example.com',
    ...people.map((_, index) => `burst-${index}@example.com`).filter((_, index) => index % 2 === 1),
  ]
  expect(cloud.members('burst')).toEqual(right.sort())
}, 90_000)
