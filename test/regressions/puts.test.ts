import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { noLedger } from '../../shared/membership/ledger.ts'
import { digestOf, EMPTY } from '../../shared/membership/member-list.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import { ledgerDueAt, nextStep } from '../../shared/membership/plan.ts'
import type { Snapshot } from '../../shared/sync/ports.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { readGroup } from '../../shared/sync/read-group.ts'
import { refuse } from '../../shared/sync/refuse.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { portsOf } from '../support/crash-points.ts'
import { DAY, HOUR, MINUTE, passTime } from '../support/time.ts'

let cloud: TestCloud
let ann: string, bob: string, mary: string, carl: string
beforeAll(async () => {
  cloud = await testCloud({ settings: { groups: { adopt: ['adopted*'] } } })
  ;[ann, bob, mary, carl] = (await Promise.all(
    ['ann', 'bob', 'mary', 'carl'].map((p) => cloud.admin.createUser(`${p}@example.com`)),
  )) as [string, string, string, string]
})
beforeEach(() => {
  cloud.qbusiness.faults.clear()
  Object.assign(cloud.qbusiness.switches, defaultSwitches)
})
afterAll(() => cloud.close())
const groupOf = (name: string, ...users: string[]) => cloud.groupOf(name, ...users)
const fails = (group: string, times = 1) =>
  cloud.qbusiness.faults.add({
    kind: 'fail-later',
    operation: 'PutGroup',
    group,
    times,
    detail: { errorCode: 'InvalidRequest', errorMessage: 'x' },
  })

test('a list that FAILED refuses itself, not the list that is wanted by now', async () => {
  const id = await groupOf('f1', ann)
  cloud.qbusiness.switches.processingMs = 90_000
  fails('f1')
  await cloud.admin.join(id, bob) // A = ann, bob: accepted, will fail
  await cloud.settled()
  await cloud.admin.join(id, mary) // B = ann, bob, mary is wanted now, and was never put
  await cloud.settled()
  cloud.qbusiness.switches.processingMs = 20
  await cloud.minutes(4)
  expect(cloud.members('f1')).toEqual(['ann@example.com', 'bob@example.com', 'mary@example.com'])
})

test('a list that FAILED since somebody in it was not known yet is put in the end, a day later', async () => {
  Object.assign(cloud.qbusiness.switches, { unknownUsers: 'fails-later' })
  cloud.qbusiness.store.createUser('ann@example.com')
  const id = await groupOf('unknown', ann)
  await cloud.admin.join(id, bob)
  await cloud.settled()
  expect(cloud.members('unknown')).toEqual(['ann@example.com'])
  cloud.qbusiness.store.createUser('bob@example.com')
  passTime(DAY)
  await cloud.minutes(2)
  expect(cloud.members('unknown')).toEqual(['ann@example.com', 'bob@example.com'])
})

test('a conflict over an accepted put that then FAILED empties nobody', async () => {
  const id = await groupOf('f2', ann, bob)
  cloud.qbusiness.switches.processingMs = 10 * MINUTE
  fails('f2')
  await cloud.admin.join(id, mary) // A accepted, will fail
  await cloud.settled()
  await cloud.admin.leave(id, bob) // wanted: ann, mary
  await cloud.settled()
  cloud.qbusiness.faults.add({
    kind: 'answer',
    operation: 'PutGroup',
    group: 'f2',
    error: 'ConflictException',
    times: 9,
  })
  await cloud.minutes(3)
  cloud.qbusiness.faults.clear()
  cloud.qbusiness.switches.processingMs = 20
  passTime(8 * MINUTE)
  await cloud.minutes(3)
  expect(cloud.puts('f2').some((p) => p.members?.length === 0)).toBe(false)
  expect(cloud.members('f2')).toContain('ann@example.com')
})

test('a put over PROCESSING of somebody else is doubtful', async () => {
  cloud.qbusiness.switches.processingMs = 5 * MINUTE
  cloud.qbusiness.store.putGroup({
    groupName: 'adopted-f3',
    type: 'INDEX',
    groupMembers: { memberUsers: [{ userId: 'x@example.com', type: 'INDEX' }] },
  })
  cloud.qbusiness.switches.overlap = 'reversed'
  await groupOf('adopted-f3', ann)
  passTime(6 * MINUTE)
  await cloud.minutes(2)
  expect((await cloud.ledger('adopted-f3')).doubt).not.toBeNull()
})

test('a group whose name has an emoji arrives', async () => {
  await groupOf('team 😀', ann)
  expect(cloud.members('team 😀')).toEqual(['ann@example.com'])
})

test('a replay of the System Log books no look, and asks nothing old', async () => {
  const { replay } = await import('../../shared/sync/replay.ts')
  const rung: { books: boolean; questions: unknown[] }[] = []
  const page = [
    {
      uuid: 'e',
      eventType: 'group.user_membership.add',
      published: '2026-01-01T00:00:00.000Z',
      outcome: { result: 'SUCCESS' },
      target: [
        { type: 'User', id: '00u1' },
        { type: 'UserGroup', id: '00g1' },
      ],
    },
  ]
  await replay(
    {
      directory: {
        events: async function* () {
          yield page
        },
      },
      snapshot: { mirror: async () => null },
      doorbells: { ringHints: async (hints: typeof rung) => void rung.push(...hints) },
      telemetry: { info() {} },
      attribute: 'email',
      id: 'r',
    } as never,
    { since: new Date(0), until: new Date(), all: true },
  )
  expect(rung).toMatchObject([{ books: false, questions: [] }])
})

test('who loses a write rings the name again as it was rung', async () => {
  const { putGroup } = await import('../../shared/sync/put-group.ts')
  const { Conflict } = await import('../../shared/sync/ports.ts')
  const rung: unknown[] = []
  await putGroup(
    {
      snapshot: { name: () => Promise.reject(new Conflict('lost')) },
      doorbells: { ringNames: async (...args: unknown[]) => void rung.push(args) },
      clock: { now: () => 0 },
      rules: { groups: {} },
    } as never,
    'sales',
    true,
  )
  expect(rung).toEqual([[['sales'], true]])
})

test('a list that FAILED after it was put twice leaves nobody in who has left: what stood before it is known still', async () => {
  const id = await groupOf('f3', ann, bob)
  Object.assign(cloud.qbusiness.switches, { processingMs: 2 * HOUR, memberLimit: 2, overLimit: 'fails-later' })
  await cloud.admin.leave(id, bob)
  for (const user of [mary, carl]) await cloud.admin.join(id, user) // ann, carl, mary: accepted, will FAIL
  await cloud.settled()
  passTime(61 * MINUTE)
  await cloud.minutes(1) // Not confirmed in an hour: put once more.
  expect(cloud.puts('f3').length).toBeGreaterThan(2)
  cloud.qbusiness.switches.processingMs = 20
  passTime(3 * HOUR)
  await cloud.minutes(3)
  expect(cloud.members('f3')).toEqual(['ann@example.com'])
})

// The next three are what the simulation has found in 100,000 histories.
test('a worker that stood still before its intent does not put what nobody wants any more, though others had nothing to do', async () => {
  const id = await groupOf('still', ann)
  await cloud.functions.stopPollers()
  cloud.okta.faults.deliveries.drop = 'all'
  const ports = portsOf(cloud)
  const read = () => readGroup(ports, { id, books: false, again: true, causes: [], questions: [], sentAt: Date.now() })
  await cloud.admin.join(id, bob)
  await read()
  const [stands, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const putLedger: Snapshot['putLedger'] = async (...given) => {
    stands.resolve()
    await gate.promise
    return cloud.snapshot.putLedger(...given)
  }
  const slow = putGroup({ ...ports, snapshot: { ...cloud.snapshot, putLedger } }, nameKey('still'))
  await stands.promise
  await cloud.admin.leave(id, bob)
  await read()
  const puts = cloud.puts('still').length
  await putGroup(ports, nameKey('still'))
  expect(cloud.puts('still')).toHaveLength(puts)
  gate.resolve()
  await slow
  expect(cloud.puts('still')).toHaveLength(puts)
  cloud.okta.faults.reset()
  await cloud.functions.startPollers()
  await cloud.settled()
  expect(cloud.members('still')).toEqual(['ann@example.com'])
  expect(await cloud.ledger('still')).toMatchObject({ status: 'confirmed', doubt: null })
})

test('a list that was refused without somebody who was removed is no reason to put anybody else out', async () => {
  const [before, stands, refused] = [
    ['ann', 'bob'],
    ['ann', 'bob', 'mary'],
    ['ann', 'mary'],
  ] as const
  for (const ids of [before, stands]) await cloud.snapshot.putList(digestOf(ids), ids)
  const doubt = { since: 0, puts: 0 }
  const facts = { ours: true, status: 'confirmed', meant: digestOf(stands), formerly: digestOf(before), doubt } as const
  const claim = { name: 'doubted', owner: '00g1', digest: digestOf(stands), count: 3, change: 1, doubles: [] }
  const why = { reason: 'quota', detail: '', remedy: '' } as const
  const ledger = await refuse(portsOf(cloud), { ...noLedger('doubted'), ...facts }, claim, why, digestOf(refused))
  expect(ledger).toMatchObject({ meant: digestOf(stands), refusal: { reduced: digestOf(stands) } })
})

test('a name is not deleted while a put of it without confirmation may still land, a day long', () => {
  const HELD_BY_NOBODY = { ...noLedger('gone'), ours: true, meant: EMPTY, status: 'unconfirmed', deleteAt: 0 } as const
  const ledger = { ...HELD_BY_NOBODY, acceptedAt: DAY }
  expect(nextStep(ledger, null, 2 * DAY - 1)).toEqual({ do: 'rest' })
  expect(ledgerDueAt(ledger)).toBe(2 * DAY)
  expect(nextStep(ledger, null, 2 * DAY)).toEqual({ do: 'delete' })
  expect(nextStep({ ...ledger, status: 'confirmed' }, null, DAY)).toEqual({ do: 'delete' })
})
