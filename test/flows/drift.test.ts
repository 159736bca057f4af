import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { hearFunctions, type Line } from '../support/ear.ts'
import { DAY, MINUTE, passTime } from '../support/time.ts'

const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const CARL = 'carl@example.com'
const MALLORY = 'mallory@example.com'
const FOUND = 'something else than what was put'

const ear = hearFunctions()
let cloud: TestCloud
const groups = new Map<string, string>()
let bob: string

/** Who is in the names of Okta's at first. */
const NAMES: Record<string, string[]> = {
  more: [ANN],
  fewer: [ANN, BOB],
  'deleted by hand': [ANN],
  unwanted: [ANN],
  'to be deleted': [ANN],
  theirs: [ANN],
  'under way': [ANN],
  going: [ANN],
  unanswered: [ANN],
  busy: [ANN],
  'somebody left': [ANN, BOB],
  'somebody is out': [ANN, BOB],
  'all others': [ANN],
  untouched: [ANN, BOB],
}

beforeAll(async () => {
  cloud = await testCloud()
  await cloud.deploy({ drift: { document: 'plan' } })
  const ids = new Map<string, string>()
  for (const email of [ANN, BOB]) ids.set(email, await cloud.admin.createUser(email))
  bob = ids.get(BOB)!
  cloud.qbusiness.store.putForeign('theirs', [MALLORY])
  for (const [name, members] of Object.entries(NAMES)) {
    const id = await cloud.admin.createGroup(name)
    groups.set(name, id)
    for (const email of members) await cloud.admin.join(id, ids.get(email)!)
  }
  await cloud.settled()
  for (const name of ['unwanted', 'to be deleted']) await cloud.admin.deleteGroup(groups.get(name)!)
  await cloud.settled()
  await cloud.minutes(2)
})
afterAll(() => cloud.close())

const drifted = () => ear.said(FOUND).map(({ name, found }) => `${name}: ${found}`)
const put = (name: string) =>
  ear.said('a list was put').flatMap((line) => (line['name'] === name ? line['because'] : []))
const asked = () => cloud.qbusiness.calls.filter(({ operation }) => operation === 'CheckDocumentAccess').length

/** A day later, the night's reconcile and all that follows. */
async function night(days = 1): Promise<void> {
  passTime(days * DAY)
  ear.forget()
  await cloud.reconcile({ scheduledTime: new Date().toISOString() })
}

test('where nobody else writes nothing is drift; that the document of the settings is not there is said once a night', async () => {
  await night()
  expect([drifted(), ear.counted('DriftFound'), ear.said('a list was put')]).toEqual([[], 0, []])
  expect(asked()).toBeGreaterThan(0)
  expect(ear.counted('PeopleAsked')).toBe(0)
  expect(ear.said('there is no document')).toMatchObject([
    { level: 'WARN', remedy: expect.stringContaining('drift.document') },
  ])
})

test('after a put one who joined and one who left are asked about', async () => {
  cloud.qbusiness.store.putDocument({ id: 'plan' })
  const before = asked()
  await cloud.admin.leave(groups.get('somebody left')!, bob)
  await cloud.settled()
  expect(asked() - before).toBe(1)
  await cloud.admin.join(groups.get('untouched')!, await cloud.admin.createUser(CARL))
  await cloud.settled()
  expect(asked() - before).toBe(2)
  expect(await cloud.ledger('untouched')).toMatchObject({ suspects: null, drift: null })
})

test('what somebody else does is found the next night, put over, counted, and said without addresses', async () => {
  const { store, switches, faults } = cloud.qbusiness
  store.putForeign('more', [ANN, MALLORY])
  store.putForeign('fewer', [BOB])
  for (const name of ['deleted by hand', 'unwanted']) store.deleteGroup(name)
  store.putForeign('to be deleted', [MALLORY])
  store.putForeign('theirs', [MALLORY, CARL])
  for (const name of ['unanswered', 'busy']) store.putForeign(name, [MALLORY])
  store.changeUnseen('somebody left', [ANN, BOB])
  store.changeUnseen('somebody is out', [BOB])
  store.changeUnseen('all others', [CARL])
  passTime(DAY - MINUTE)
  switches.processingMs = 10 * MINUTE
  const groupMembers = { memberUsers: [{ userId: MALLORY }] }
  store.putGroup({ groupName: 'under way', type: 'INDEX', groupMembers })
  store.deleteGroup('going')
  switches.processingMs = defaultSwitches.processingMs
  faults.add({ kind: 'answer', error: 'InternalServerException', operation: 'GetGroup', group: 'unanswered', times: 3 })
  faults.add({ kind: 'answer', error: 'ConflictException', operation: 'PutGroup', group: 'busy' })
  await night(MINUTE / DAY)
  expect(drifted().toSorted()).toEqual([
    'all others: members',
    'busy: newer',
    'deleted by hand: gone',
    'fewer: newer',
    'going: gone',
    'more: newer',
    'somebody is out: members',
    'somebody left: members',
    'to be deleted: newer',
    'under way: newer',
  ])
  expect(ear.counted('DriftFound')).toBe(10)
  const lineOf = (name: string): Line | undefined => ear.said(FOUND).find((line) => line['name'] === name)
  expect(lineOf('more')).toMatchObject({ level: 'ERROR', isPut: true, remedy: expect.stringContaining('CloudTrail') })
  expect(lineOf('somebody left')).toMatchObject({ missing: 0, extra: 1 })
  expect(lineOf('somebody is out')).toMatchObject({ missing: 1, extra: 0 })
  expect(lineOf('all others')).toMatchObject({ missing: 1 })
  expect(ear.text()).not.toContain('@example.com')
  expect(put('more')).toEqual(['drift'])
  for (const name of ['more', 'deleted by hand', 'somebody left', 'all others'])
    expect(cloud.members(name)).toEqual([ANN])
  for (const name of ['fewer', 'somebody is out']) expect(cloud.members(name)).toEqual([ANN, BOB])
  expect(put('untouched')).toEqual([])
})

test('what was under way, or could not be put at once, is put over all the same', async () => {
  await cloud.minutes(20)
  for (const name of ['under way', 'going', 'busy']) expect(cloud.members(name), name).toEqual([ANN])
})

test('nobody is let into a name that no group wants; one that is gone is given up, and foreign if it is back', async () => {
  expect(cloud.members('to be deleted')).toEqual([])
  expect(cloud.members('unwanted')).toBeUndefined()
  expect(await cloud.ledger('unwanted')).toMatchObject({ status: 'none', ours: false })
  expect(cloud.members('theirs')).toEqual([CARL, MALLORY])
  cloud.qbusiness.store.putForeign('unwanted', [MALLORY])
})

test('a name of which GetGroup gave no answer is asked the next night, and nothing else is drift then', async () => {
  expect(cloud.members('unanswered')).toEqual([MALLORY])
  await night()
  expect(cloud.members('unanswered')).toEqual([ANN])
  expect(drifted()).toEqual(['unanswered: newer'])
})

test('within refresh.days every name is put anew, but what we deleted meanwhile and what is somebody else’s', async () => {
  passTime(15 * DAY)
  await cloud.minutes(2)
  expect(cloud.members('to be deleted')).toBeUndefined()
  cloud.qbusiness.store.putForeign('to be deleted', [MALLORY])
  await night(14)
  const foreign = ['unwanted', 'to be deleted', 'theirs']
  for (const name of Object.keys(NAMES)) expect(put(name), name).toEqual(foreign.includes(name) ? [] : ['refresh'])
  expect(foreign.map((name) => cloud.members(name))).toEqual([[MALLORY], [MALLORY], [CARL, MALLORY]])
  expect(drifted()).toEqual([])
})
