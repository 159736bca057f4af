import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nameKey } from '../../shared/membership/name-key.ts'
import { askOkta } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import { doorbellsIn } from '../../shared/queue/doorbells.ts'
import { loadSettings, rulesOf } from '../../shared/settings/load-settings.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import type { Directory } from '../../shared/sync/ports.ts'
import { type GroupRing, type ReadGroupPorts, readGroup } from '../../shared/sync/read-group.ts'
import { RecentLooks } from '../../shared/sync/recent-looks.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, MINUTE, passTime } from '../support/time.ts'

let cloud: TestCloud
let ann: string
let bob: string

beforeAll(async () => {
  cloud = await testCloud({ hook: false, indexLagMs: 0 })
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
})
afterAll(() => cloud.close())

const quiet = { info() {}, warn() {}, error() {}, count() {} }

/** A function of its own: what it does between its calls, and its clock, are the test's. */
function functionWith(directory: Partial<Directory> = {}, clockAhead = 0): ReadGroupPorts {
  const rules = rulesOf(loadSettings(process.env['SETTINGS_FILE']!))
  const okta = directoryIn(askOkta(cloud.okta.url, { token: cloud.okta.token }, 10_000), 'email')
  return {
    directory: { ...okta, ...directory },
    snapshot: cloud.snapshot,
    doorbells: doorbellsIn(
      cloud.sqs,
      { hints: cloud.addresses.hintQueue, names: cloud.addresses.nameQueue },
      randomUUID,
    ),
    telemetry: quiet,
    clock: { ...systemClock, now: () => Date.now() + clockAhead },
    timeLeft: () => 60_000,
    recent: new RecentLooks(rules.members.statuses),
    rules,
  }
}

const ringOf = (id: string): GroupRing => ({
  id,
  books: true,
  again: true,
  causes: [],
  questions: [],
  sentAt: Date.now(),
})

async function inStep(name: string, id: string): Promise<void> {
  await cloud.invoke('replay', { groups: [id] })
  await cloud.settled()
  expect(cloud.members(name)).toEqual(['ann@example.com', 'bob@example.com'])
}

test('of two reads at once the newest whole one wins, though the older one is written last and by a clock 45 s ahead', async () => {
  const id = await cloud.groupOf('two readers', ann, bob)
  await inStep('two readers', id)
  const okta = functionWith().directory
  const hold = Promise.withResolvers<void>()
  const hasRead = Promise.withResolvers<void>()
  // It reads bob as a member, and is frozen before it writes that down.
  const slow = readGroup(
    functionWith(
      {
        members: async (group) => {
          const members = await okta.members(group)
          hasRead.resolve()
          await hold.promise
          return members
        },
      },
      45_000,
    ),
    ringOf(id),
  )
  await hasRead.promise
  await cloud.admin.leave(id, bob)
  passTime(2_000)
  await readGroup(functionWith({}, -45_000), ringOf(id))
  expect((await cloud.snapshot.mirror(id))?.count).toBe(1)
  hold.resolve()
  await slow
  expect((await cloud.snapshot.mirror(id))?.count).toBe(1)
  await cloud.minutes(2)
  expect(cloud.members('two readers')).toEqual(['ann@example.com'])
})

test('a message that is delivered twice at once puts once, or twice the same', async () => {
  const id = await cloud.groupOf('twice at once', ann, bob)
  await inStep('twice at once', id)
  await cloud.admin.leave(id, bob)
  await cloud.functions.stopPollers()
  await readGroup(functionWith(), ringOf(id))
  const { sqsEvent } = await import('../../local/lambda/sqs-event.ts')
  const { handMadeMessage } = await import('../../local/lambda/hand-made-message.ts')
  const body = JSON.stringify({ key: nameKey('twice at once'), again: false })
  const event = () => sqsEvent([handMadeMessage({ body, group: 'g' })], 'arn:aws:sqs:us-east-1:000000000000:names.fifo')
  await Promise.all([cloud.invoke('put-group', event()), cloud.invoke('put-group', event())])
  await cloud.functions.startPollers()
  await cloud.settled()
  await cloud.minutes(3)
  expect(cloud.members('twice at once')).toEqual(['ann@example.com'])
  expect(
    new Set(
      cloud
        .puts('twice at once')
        .slice(1)
        .map(({ members }) => members?.join()),
    ),
  ).toEqual(new Set(['ann@example.com']))
})

test('two reconciles at once end equal to Okta', async () => {
  const id = await cloud.groupOf('two reconciles', ann, bob)
  await inStep('two reconciles', id)
  await cloud.admin.leave(id, bob)
  await Promise.all([cloud.invoke('reconcile', { run: 'one' }), cloud.invoke('reconcile', { run: 'other' })])
  await cloud.settled()
  expect(cloud.members('two reconciles')).toEqual(['ann@example.com'])
})

test('two functions on one run: one stops, and the run is finished', async () => {
  await Promise.all([cloud.invoke('reconcile', { run: 'same' }), cloud.invoke('reconcile', { run: 'same' })])
  await cloud.settled()
  await cloud.minutes(1)
  passTime(17 * MINUTE)
  await cloud.minutes(1)
  expect((await cloud.snapshot.run('same'))?.phase).toBe('finished')
})

test('with indexes that lag by seconds nothing is lost', async () => {
  const id = await cloud.groupOf('lagging index', ann, bob)
  await inStep('lagging index', id)
  cloud.dynamodb!.lagMs = 5_000
  await cloud.admin.leave(id, bob)
  cloud.okta.faults.next({ answer: 500, times: 1, path: new RegExp(`groups/${id}$`) })
  await cloud.reconcile({ run: 'with a lag' })
  await cloud.minutes(3)
  cloud.dynamodb!.lagMs = 0
  expect(cloud.members('lagging index')).toEqual(['ann@example.com'])
  passTime(DAY)
  expect(await cloud.reconcile()).toMatchObject({ phase: 'finished', counts: { changed: 0 }, unread: [] })
})
