import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { unconfirmed } from '../../shared/membership/confirm.ts'
import { DEFAULTS } from '../../shared/membership/guard.ts'
import { noLedger } from '../../shared/membership/ledger.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import { ledgerDueAt } from '../../shared/membership/plan.ts'
import { qBusinessClient } from '../../shared/q-business/client.ts'
import { userStoreOf } from '../../shared/q-business/user-store.ts'
import { doorbellsIn } from '../../shared/queue/doorbells.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import type { UserStore } from '../../shared/sync/ports.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { telemetryOf } from '../../shared/telemetry/telemetry.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, HOUR, MINUTE, passTime } from '../support/time.ts'

// Histories of puts that once ended wrong, each as it went; those of reads, names and runs are in histories-runs.test.ts
let cloud: TestCloud
let ann: string
let bob: string
let carl: string

const SECOND = 1_000
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const CARL = 'carl@example.com'
const NOBODY = 'nobody@q-group-sync.invalid'

beforeAll(async () => {
  cloud = await testCloud()
  ann = await cloud.admin.createUser(ANN)
  bob = await cloud.admin.createUser(BOB)
  carl = await cloud.admin.createUser(CARL)
})
beforeEach(() => {
  cloud.qbusiness.faults.clear()
  Object.assign(cloud.qbusiness.switches, defaultSwitches)
})
afterAll(() => cloud.close())

const groupOf = (name: string, ...users: string[]) => cloud.groupOf(name, ...users)

async function leave(id: string, ...members: string[]): Promise<void> {
  for (const member of members) await cloud.admin.leave(id, member)
  await cloud.settled()
}

/** Puts of this name end as FAILED, as many as told, or all. */
function putsFail(group: string, errorCode: 'InvalidRequest' | 'InternalError', times = Number.POSITIVE_INFINITY) {
  const detail = { errorCode, errorMessage: 'as the test wants it' }
  cloud.qbusiness.faults.add({ kind: 'fail-later', operation: 'PutGroup', group, times, detail })
}

test('a put over one given up unconfirmed is doubtful: the old one lands 20 minutes later, to no avail', async () => {
  const { switches } = cloud.qbusiness
  const id = await groupOf('given up', ann, bob)
  Object.assign(switches, { processingMs: 2 * DAY, overlap: 'reversed' })
  await cloud.admin.join(id, carl)
  await cloud.settled()
  // So the row stands after a day of puts that nothing confirmed.
  await cloud.snapshot.putLedger({ ...unconfirmed(await cloud.ledger('given up')), doubt: null })
  passTime(cloud.puts('given up').at(-1)!.at + 2 * DAY - 20 * MINUTE - Date.now())
  switches.processingMs = defaultSwitches.processingMs
  await leave(id, bob)
  expect(cloud.members('given up')).toEqual([ANN, CARL])
  expect(await cloud.ledger('given up')).toMatchObject({ status: 'confirmed', doubt: { puts: 0 } })
  passTime(20 * MINUTE)
  expect(cloud.members('given up')).toEqual([ANN, BOB, CARL])
  await cloud.minutes(1)
  expect(cloud.members('given up')).toEqual([ANN, CARL])
  passTime(2 * DAY)
  await cloud.minutes(2)
  expect(await cloud.ledger('given up')).toMatchObject({ status: 'confirmed', doubt: null })
})

test('a put that is accepted has its next look in the same write, should the function end there', () => {
  const acceptedAt = 1_800_000_000_000
  const accepted = { ...noLedger('accepted'), ours: true, status: 'accepted', acceptedAt } as const
  expect(ledgerDueAt(accepted)).toBe(acceptedAt + MINUTE)
  expect(ledgerDueAt({ ...accepted, deleteAt: acceptedAt + DAY })).toBe(acceptedAt + MINUTE)
})

test('a put sent by a function that was frozen until it had lost the name is put over at once', async () => {
  await cloud.functions.stopPollers()
  const id = await cloud.admin.createGroup('frozen')
  for (const member of [ann, bob]) await cloud.admin.join(id, member)
  await cloud.okta.deliveriesSettled()
  await cloud.invoke('reconcile')
  const thaw = Promise.withResolvers<void>()
  const isFrozen = Promise.withResolvers<void>()
  const frozen = putBy((store) => ({
    ...store,
    put: async (...list) => {
      isFrozen.resolve()
      await thaw.promise
      return store.put(...list)
    },
  }))
  await isFrozen.promise
  expect(await cloud.ledger('frozen')).toMatchObject({ status: 'putting' })
  await cloud.functions.startPollers()
  await cloud.settled()
  await leave(id, bob)
  expect(cloud.members('frozen')).toEqual([ANN])
  thaw.resolve()
  await frozen
  await cloud.settled()
  expect(
    cloud
      .puts('frozen')
      .slice(-2)
      .map(({ members }) => members),
  ).toEqual([[ANN, BOB], [ANN]])
  expect(cloud.members('frozen')).toEqual([ANN])
  expect((await cloud.ledger('frozen')).doubt).not.toBeNull()
})

/** What put-group does for the name `frozen`, with another user store. */
function putBy(through: (store: UserStore) => UserStore): Promise<void> {
  const { addresses, snapshot, sqs } = cloud
  const doorbells = doorbellsIn(sqs, { hints: addresses.hintQueue, names: addresses.nameQueue }, randomUUID)
  const userStore = through(userStoreOf(qBusinessClient(), addresses))
  const rules = {
    mode: 'put' as const,
    groups: { name: '{name}', adopt: [], deleteAfter: 14 * DAY },
    guard: DEFAULTS,
    mostMembers: 1000,
    drift: { sample: 0, putsPerNight: 9 },
  }
  const telemetry = telemetryOf('put-group')
  return putGroup({ userStore, snapshot, doorbells, telemetry, clock: systemClock, rules }, nameKey('frozen'))
}

test('a list that FAILED even without the leavers is put ever more seldom, and they are out in the end', async () => {
  const id = await groupOf('fails twice', ann, bob)
  const before = cloud.puts('fails twice').length
  putsFail('fails twice', 'InvalidRequest')
  await leave(id, bob)
  await cloud.minutes(10)
  expect(cloud.puts('fails twice').length - before).toBeLessThanOrEqual(7)
  const { failures, retryAt } = await cloud.ledger('fails twice')
  expect(failures).toBeGreaterThanOrEqual(3)
  expect(retryAt).toBeGreaterThan(Date.now() + 2 * MINUTE)
  cloud.qbusiness.faults.clear()
  passTime(HOUR)
  await cloud.minutes(1)
  expect(cloud.members('fails twice')).toEqual([ANN])
})

test('where an empty list FAILED, somebody who cannot sign in is put for it, and the leaver is out', async () => {
  const id = await groupOf('fails empty', ann)
  putsFail('fails empty', 'InvalidRequest', 1)
  await leave(id, ann)
  expect(cloud.puts('fails empty').map(({ members }) => members)).toEqual([[ANN], [], [NOBODY]])
  expect(cloud.members('fails empty')).toEqual([NOBODY])
  // It is remembered, so that the next list with nobody in it isn't lost in between.
  await cloud.admin.join(id, bob)
  await cloud.settled()
  await leave(id, bob)
  expect(
    cloud
      .puts('fails empty')
      .slice(3)
      .map(({ members }) => members),
  ).toEqual([[BOB], [NOBODY]])
})

test('a put that FAILED by a fault of the service is put ever more seldom', async () => {
  const id = await groupOf('internal error', ann, bob)
  const before = cloud.puts('internal error').length
  putsFail('internal error', 'InternalError')
  await leave(id, bob)
  await cloud.minutes(8)
  expect(cloud.puts('internal error').length - before).toBeLessThanOrEqual(5)
  expect((await cloud.ledger('internal error')).failures).toBeGreaterThanOrEqual(4)
  cloud.qbusiness.faults.clear()
  passTime(HOUR)
  await cloud.minutes(1)
  expect(cloud.members('internal error')).toEqual([ANN])
  expect(await cloud.ledger('internal error')).toMatchObject({ status: 'confirmed', failures: 0 })
})

test('a doubt on a name whose every put FAILED does not make it due for ever', async () => {
  cloud.qbusiness.faults.add({ kind: 'cut', operation: 'PutGroup', group: 'doubt' })
  putsFail('doubt', 'InvalidRequest')
  await groupOf('doubt', ann)
  await cloud.minutes(2)
  expect((await cloud.ledger('doubt')).doubt).not.toBeNull()
  let due = 0
  for (let time = 0; time < 36; time++) {
    passTime(5 * MINUTE)
    for await (const rows of cloud.snapshot.due(Date.now())) due += rows.filter(({ id }) => id === 'doubt').length
    await cloud.catchUp()
  }
  expect(due).toBeLessThanOrEqual(8)
})

test('a foreign name that the settings adopt later is taken within an hour or so, though nobody rings', async () => {
  cloud.qbusiness.store.putForeign('adopted later', ['somebody@example.com'])
  await groupOf('adopted later', ann)
  expect((await cloud.ledger('adopted later')).refusal?.reason).toBe('foreign')
  await cloud.deploy({ groups: { adopt: ['adopted *'] } })
  passTime(HOUR)
  await cloud.minutes(1)
  expect(cloud.members('adopted later')).toEqual([ANN])
  expect((await cloud.ledger('adopted later')).refusal).toBeNull()
  await cloud.deploy({})
})

test('a foreign name that its owner deletes is put within an hour or so, though nobody rings', async () => {
  cloud.qbusiness.store.putForeign('given away', ['somebody@example.com'])
  await groupOf('given away', ann)
  cloud.qbusiness.store.deleteGroup('given away')
  passTime(HOUR)
  await cloud.minutes(1)
  expect(cloud.members('given away')).toEqual([ANN])
  expect((await cloud.ledger('given away')).refusal).toBeNull()
})

test('a name deleted and wanted again at once, while GetGroup still shows it, is put in the end', async () => {
  const id = await groupOf('again at once', ann)
  await cloud.admin.deleteGroup(id)
  await cloud.settled()
  await cloud.minutes(2)
  passTime(14 * DAY)
  cloud.qbusiness.switches.staleStatusMs = 5 * SECOND
  await cloud.catchUp()
  expect(cloud.members('again at once')).toBeUndefined()
  expect(await cloud.ledger('again at once')).toMatchObject({ status: 'deleting', ours: true })
  await groupOf('again at once', bob)
  expect(cloud.members('again at once')).toEqual([BOB])
})

test('a deletion whose first attempt lands hours later, when the name is wanted again, is put over', async () => {
  const id = await groupOf('late deletion', ann)
  await cloud.admin.deleteGroup(id)
  await cloud.settled()
  await cloud.minutes(2)
  passTime(14 * DAY)
  const late = { operation: 'DeleteGroup', group: 'late deletion' } as const
  cloud.qbusiness.faults.add({ kind: 'apply-late', afterMs: HOUR, ...late })
  await cloud.catchUp()
  await cloud.minutes(1)
  expect(await cloud.ledger('late deletion')).toMatchObject({ status: 'none', ours: false })
  await groupOf('late deletion', bob)
  expect(cloud.members('late deletion')).toEqual([BOB])
  passTime(HOUR)
  expect(cloud.members('late deletion')).toBeUndefined()
  passTime(HOUR)
  await cloud.minutes(1)
  expect(cloud.members('late deletion')).toEqual([BOB])
})

test('a deletion that FAILED leaves the name ours: a group that has it again gets it', async () => {
  const id = await groupOf('failed deletion', ann)
  await cloud.admin.deleteGroup(id)
  await cloud.settled()
  await cloud.minutes(2)
  passTime(14 * DAY)
  const failing = { operation: 'DeleteGroup', group: 'failed deletion' } as const
  cloud.qbusiness.faults.add({ kind: 'fail-later', ...failing })
  await cloud.minutes(2)
  expect(await cloud.ledger('failed deletion')).toMatchObject({ status: 'deleting', ours: true })
  await groupOf('failed deletion', bob)
  expect(cloud.members('failed deletion')).toEqual([BOB])
})

test('a delete whose answer is lost does not delete what somebody else made under the name since', async () => {
  const deletes = () =>
    cloud.qbusiness.calls.filter(({ operation, groupName }) => operation === 'DeleteGroup' && groupName === 'reborn')
  const id = await groupOf('reborn', ann)
  await cloud.admin.deleteGroup(id)
  await cloud.settled()
  await cloud.minutes(2)
  passTime(14 * DAY)
  // The SDK tries three times: the first has its effect, and none an answer.
  const lost = { operation: 'DeleteGroup', group: 'reborn' } as const
  cloud.qbusiness.faults.add({ kind: 'apply-then-cut', ...lost }, { kind: 'cut', ...lost, times: 2 })
  await cloud.catchUp()
  expect(cloud.members('reborn')).toBeUndefined()
  expect(await cloud.ledger('reborn')).toMatchObject({ status: 'deleting', ours: true })
  const sent = deletes().length
  passTime(SECOND)
  cloud.qbusiness.store.putForeign('reborn', ['somebody@example.com'])
  await cloud.minutes(3)
  expect(cloud.members('reborn')).toEqual(['somebody@example.com'])
  expect(deletes().length).toBe(sent)
  expect(await cloud.ledger('reborn')).toMatchObject({ status: 'none', ours: false })
})
