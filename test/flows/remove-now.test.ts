import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { spentIn } from '../../shared/membership/budget.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import { letIn } from '../../shared/sync/let-in.ts'
import { removePerson, restorePerson } from '../../shared/sync/remove-person.ts'
import { takeOutOfAll } from '../../shared/sync/take-out-of-all.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { command, commandProcess } from '../support/command.ts'
import { portsOf } from '../support/crash-points.ts'
import { DAY, HOUR, MINUTE, passTime } from '../support/time.ts'

// Remove now: who is out before Okta says so, and how that ends.
let cloud: TestCloud
let ann: string
let bob: string
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const who = { by: 'arn:admin', reason: 'must go now' }

beforeAll(async () => {
  cloud = await testCloud({ indexLagMs: 0 })
  bob = await cloud.admin.createUser(BOB)
  ann = await cloud.admin.createUser(ANN)
})
beforeEach(() => {
  cloud.qbusiness.faults.clear()
  Object.assign(cloud.qbusiness.switches, defaultSwitches)
})
afterAll(() => cloud.close())

/** Nobody waits here for what is tried again. */
const clock = { ...systemClock, sleep: async () => {} }
const ports = () => ({ ...portsOf(cloud), clock, newId: randomUUID })
const removed = async () => (await cloud.snapshot.budget()).removed.map(({ id }) => id)

/** What the command does, by this process's clock. */
async function removeNow(user: string, forTime: number) {
  await removePerson(ports(), { user, ...who, until: Date.now() + forTime })
  return takeOutOfAll(ports(), user, { read() {}, done() {} })
}

async function restore(user: string): Promise<number> {
  await restorePerson(ports(), { user, ...who })
  const names = await letIn(ports(), user)
  await cloud.settled()
  return names
}

test('is done at once, without the functions, and lasts through joins, replay and reconcile', async () => {
  for (const name of ['one', 'two', 'three']) await cloud.groupOf(name, ann, bob)
  const other = await cloud.groupOf('other', bob)
  await cloud.functions.stopPollers()
  const { status, stdout, stderr } = await commandProcess(['remove', 'Ann@Example.com', '--reason', 'must go now'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^Ann@Example\.com is kept out of every name until .* UTC, or until Okta has them out too\.\n/)
  for (const name of ['one', 'two', 'three']) {
    expect(stdout).toMatch(new RegExp(`✓ +\\d+\\.\\d\\d s {2}${name}: out, as GetGroup says\\n`))
    expect(cloud.members(name)).toEqual([BOB])
  }
  expect(stdout).toContain('\nOut of 3 names.\n')
  await cloud.functions.startPollers()
  await cloud.admin.join(other, ann)
  await cloud.settled()
  await cloud.invoke('replay', { groups: [other] })
  await cloud.settled()
  await cloud.reconcile()
  for (const name of ['one', 'two', 'three', 'other']) expect(cloud.members(name)).toEqual([BOB])
  expect(await cloud.reconcile()).toMatchObject({ counts: { changed: 0, namesRung: 0 } })
  const listed = await command(['remove', '--list'])
  expect(listed.stdout).toMatch(
    /^ann@example\.com {2}until .* UTC\n {2}by arn:aws:iam::000000000000:user\/local at .*: “must go now”\n$/,
  )
  expect(await removed()).toEqual([ANN])
  // Nobody else may go for it, nor may anybody else not go for it.
  expect(spentIn(await cloud.snapshot.budget(), Date.now())).toEqual({ left: 0, emptied: 0 })
})

test('ends when a person lets them in again', async () => {
  const { status, stdout } = await command(['restore', ANN, '--reason', 'it was a mistake'])
  expect(status).toBe(0)
  expect(stdout).toContain('4 names that had them out')
  await cloud.settled()
  for (const name of ['one', 'two', 'three', 'other']) expect(cloud.members(name)).toEqual([ANN, BOB])
  expect(await command(['restore', ANN, '--reason', 'again'])).toMatchObject({ status: 1, stdout: '' })
})

test('takes an Okta id, and says where nobody of that id is in any name', async () => {
  const byId = await command(['remove', ann, '--reason', 'must go now', '--for', '30m'])
  expect(byId).toMatchObject({ status: 0 })
  expect(cloud.members('one')).toEqual([BOB])
  expect(await removed()).toEqual([ANN])
  await restore(ANN)
  const unknown = await command(['remove', '00u00000000000000000', '--reason', 'x'])
  expect(unknown).toMatchObject({ status: 1, stdout: '' })
  expect(unknown.stderr).toBe(
    'Okta has no user 00u00000000000000000 with a profile.email: give the id that Amazon Q Business knows them by.\n',
  )
  const nobody = await command(['remove', 'anne@example.com', '--reason', 'x'])
  expect(nobody.stdout).toContain('No name has anne@example.com in: check how it is written')
  await restore('anne@example.com')
})

test('what can not be put is named, and is put by itself later', async () => {
  cloud.qbusiness.faults.add({
    kind: 'answer',
    operation: 'PutGroup',
    group: 'two',
    error: 'AccessDeniedException',
    times: 100,
  })
  const taken = await removeNow(ANN, DAY)
  expect(taken.map(({ name, is, why }) => [name, is, why]).sort()).toEqual([
    ['one', 'out', null],
    ['other', 'out', null],
    ['three', 'out', null],
    ['two', 'in', 'denied'],
  ])
  expect(cloud.members('two')).toEqual([ANN, BOB])
  cloud.qbusiness.faults.clear()
  await cloud.minutes(2)
  expect(cloud.members('two')).toEqual([BOB])
  await restore(ANN)
})

test('waits for no put that is under way', async () => {
  const group = await cloud.groupOf('under way', bob)
  Object.assign(cloud.qbusiness.switches, { processingMs: HOUR })
  await cloud.admin.join(group, ann)
  await cloud.settled()
  expect(cloud.puts('under way').at(-1)?.members).toEqual([ANN, BOB])
  await cloud.functions.stopPollers()
  const taken = await removeNow(ANN, DAY)
  expect(cloud.puts('under way').at(-1)?.members).toEqual([BOB])
  expect(taken.find(({ name }) => name === 'under way')).toMatchObject({ is: 'put' })
  cloud.qbusiness.switches.processingMs = defaultSwitches.processingMs
  await cloud.functions.startPollers()
  passTime(2 * HOUR)
  await cloud.minutes(2)
  await restore(ANN)
  expect(cloud.members('under way')).toEqual([ANN, BOB])
})

test('a name that the index did not show yet is found by the next reconcile', async () => {
  cloud.dynamodb!.lagMs = HOUR
  await cloud.groupOf('just now', ann, bob)
  expect((await removeNow(ANN, 30 * DAY)).map(({ name }) => name)).not.toContain('just now')
  expect(cloud.members('just now')).toEqual([ANN, BOB])
  cloud.dynamodb!.lagMs = 0
  await cloud.reconcile()
  expect(cloud.members('just now')).toEqual([BOB])
})

test('a ring that was lost when they were let in again is made up for by the next reconcile', async () => {
  await restorePerson(ports(), { user: ANN, ...who })
  await cloud.reconcile()
  for (const name of ['one', 'two', 'three', 'other', 'just now']) expect(cloud.members(name)).toEqual([ANN, BOB])
})

test('ends when its time has passed', async () => {
  await removeNow(ANN, 30 * MINUTE)
  expect(cloud.members('one')).toEqual([BOB])
  await cloud.minutes(1)
  expect(cloud.members('one')).toEqual([BOB])
  passTime(30 * MINUTE)
  await cloud.minutes(1)
  for (const name of ['one', 'two', 'three', 'other']) expect(cloud.members(name)).toEqual([ANN, BOB])
})

test('ends when Okta has them out of every group, and not before', async () => {
  await removeNow(ANN, 30 * DAY)
  const groups = (await cloud.admin.call('GET', `/api/v1/users/${ann}/groups`)) as { id: string; type: string }[]
  const own = groups.filter(({ type }) => type === 'OKTA_GROUP').map(({ id }) => id)
  const [last, ...others] = own
  for (const group of others) await cloud.admin.leave(group, ann)
  await cloud.settled()
  await cloud.reconcile()
  expect(await removed()).toEqual([ANN])
  await cloud.admin.leave(last!, ann)
  await cloud.settled()
  await cloud.reconcile()
  expect(await removed()).toEqual([])
  await cloud.admin.join(last!, ann)
  await cloud.settled()
  const names = cloud.qbusiness.store.groupNames().filter((name) => cloud.members(name)?.includes(ANN))
  expect(names).toHaveLength(1)
})
