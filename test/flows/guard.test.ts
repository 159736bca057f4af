import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULTS } from '../../shared/membership/guard.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'

let cloud: TestCloud
const people: string[] = []
const email = (index: number) => `person-${index}@example.com`

beforeAll(async () => {
  cloud = await testCloud({ settings: { guard: { name: { number: 8, fraction: 0.5, floor: 3 } } } })
  for (let index = 0; index < 12; index++) people.push(await cloud.admin.createUser(email(index)))
})
afterAll(() => cloud.close())

async function leaveAtOnce(group: string, ...users: string[]) {
  cloud.okta.faults.deliveries.drop = 'all'
  for (const user of users) await cloud.admin.leave(group, user)
  cloud.okta.faults.reset()
  await cloud.invoke('replay', { groups: [group] })
  await cloud.settled()
}

test('a mass removal is held: who is out in Okta stays in, who joins is let in, and one who leaves later leaves', async () => {
  const group = await cloud.groupOf('held', ...people.slice(0, 8))
  await leaveAtOnce(group, ...people.slice(0, 5))
  expect(cloud.members('held')).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map(email))
  const { holds, status } = await cloud.ledger('held')
  expect(holds).toMatchObject([{ count: 5, axis: 'name', rejected: null }])
  expect(status).toBe('confirmed')
  await cloud.admin.join(group, people[9]!)
  await cloud.admin.leave(group, people[7]!)
  await cloud.settled()
  expect(cloud.members('held')).toEqual([0, 1, 2, 3, 4, 5, 6, 9].map(email))
  // Who is in again in Okta is held no more.
  await cloud.admin.join(group, people[0]!)
  await cloud.settled()
  expect((await cloud.ledger('held')).holds).toMatchObject([{ count: 4 }])
  expect(await cloud.reconcile()).toMatchObject({ counts: { changed: 0, namesRung: 0 } })
  expect(DEFAULTS.name.number).toBe(500)
})
