import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, HOUR, passTime } from '../support/time.ts'

let cloud: TestCloud
let ann: string
let bob: string

beforeAll(async () => {
  cloud = await testCloud()
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
})
beforeEach(() => {
  cloud.qbusiness.faults.clear()
  Object.assign(cloud.qbusiness.switches, defaultSwitches)
})
afterAll(() => cloud.close())

const groupOf = (name: string, ...users: string[]) => cloud.groupOf(name, ...users)

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
