import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Budget, spentIn } from '../../shared/membership/budget.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { MINUTE, passTime } from '../support/time.ts'

const DAY = 24 * 60 * MINUTE
const guard = {
  name: { number: 8, fraction: 0.5, floor: 3 },
  all: { number: 12, fraction: 0.9, floor: 1000 },
  emptied: { number: 2, fraction: 0.9, floor: 1000 },
}
let cloud: TestCloud
const people: string[] = []
const email = (index: number) => `person-${index}@example.com`
const emails = (...indexes: number[]) => indexes.map(email)

beforeAll(async () => {
  cloud = await testCloud({ settings: { guard } })
  for (let index = 0; index < 10; index++) people.push(await cloud.admin.createUser(email(index)))
})
// What another test has spent is over.
beforeEach(() => passTime(2 * DAY))
afterAll(() => cloud.close())

async function unheard(change: () => Promise<unknown>): Promise<void> {
  cloud.okta.faults.deliveries.drop = 'all'
  await change()
  cloud.okta.faults.reset()
}

async function leave(group: string, ...indexes: number[]): Promise<void> {
  for (const index of indexes) await cloud.admin.leave(group, people[index]!)
}

/** One read sees that all these have left. */
async function leaveAtOnce(group: string, ...indexes: number[]): Promise<void> {
  await unheard(() => leave(group, ...indexes))
  await cloud.invoke('replay', { groups: [group] })
  await cloud.settled()
}

const holdsOf = async (name: string) => (await cloud.ledger(name)).holds
const spent = async (): Promise<ReturnType<typeof spentIn>> =>
  spentIn((await cloud.snapshot.budget()) satisfies Budget, Date.now())

test('a mass removal is held: who is out in Okta stays in, who joins is let in, and one who leaves later leaves', async () => {
  const group = await cloud.groupOf('held', ...people.slice(0, 8))
  await leaveAtOnce(group, 0, 1, 2, 3, 4)
  expect(cloud.members('held')).toEqual(emails(0, 1, 2, 3, 4, 5, 6, 7))
  expect(await holdsOf('held')).toMatchObject([{ count: 5, axis: 'name', rejected: null }])
  await cloud.admin.join(group, people[9]!)
  await cloud.admin.leave(group, people[7]!)
  await cloud.settled()
  expect(cloud.members('held')).toEqual(emails(0, 1, 2, 3, 4, 5, 6, 9))
  // Who is in again in Okta is held no more.
  await cloud.admin.join(group, people[0]!)
  await cloud.settled()
  expect(await holdsOf('held')).toMatchObject([{ count: 4 }])
  expect(await cloud.reconcile()).toMatchObject({ counts: { changed: 0, namesRung: 0 } })
  const held = await holdsOf('held')
  // Neither time, nor a reconcile, nor a replay lets anybody go.
  passTime(60 * DAY)
  await cloud.minutes(1)
  await cloud.reconcile()
  await cloud.invoke('replay', { groups: [group] })
  await cloud.settled()
  expect(cloud.members('held')).toEqual(emails(0, 1, 2, 3, 4, 5, 6, 9))
  expect(await holdsOf('held')).toEqual(held)
})

test('who leaves within a quarter of an hour leaves together: many small reads are no way around the guard', async () => {
  const group = await cloud.groupOf('bit by bit', ...people.slice(0, 6))
  await leaveAtOnce(group, 0, 1)
  await leaveAtOnce(group, 2)
  expect(cloud.members('bit by bit')).toEqual(emails(3, 4, 5))
  await leaveAtOnce(group, 3)
  expect(cloud.members('bit by bit')).toEqual(emails(3, 4, 5))
  expect(await holdsOf('bit by bit')).toMatchObject([{ count: 1 }])
  passTime(16 * MINUTE)
  await leaveAtOnce(group, 4)
  expect(cloud.members('bit by bit')).toEqual(emails(3, 5))
})

test('members leaving all names, and names emptied, are counted over 24 hours', async () => {
  const groups: string[] = []
  for (const name of ['first', 'second', 'third']) groups.push(await cloud.groupOf(name, people[0]!))
  for (const group of groups) await leaveAtOnce(group, 0)
  expect(['first', 'second', 'third'].map(cloud.members)).toEqual([[], [], emails(0)])
  expect(await holdsOf('third')).toMatchObject([{ count: 1, axis: 'emptied' }])
  passTime(25 * 60 * MINUTE)
  const many = await cloud.groupOf('many', ...people)
  const others = await cloud.groupOf('others', ...people)
  await leaveAtOnce(many, 0, 1, 2)
  passTime(16 * MINUTE)
  await leaveAtOnce(others, 0, 1, 2)
  passTime(16 * MINUTE)
  await leaveAtOnce(many, 3, 4, 5)
  passTime(16 * MINUTE)
  await leaveAtOnce(others, 3, 4, 5)
  expect(await spent()).toMatchObject({ left: 12 })
  passTime(16 * MINUTE)
  await leaveAtOnce(many, 6)
  expect(await holdsOf('many')).toMatchObject([{ count: 1, axis: 'all' }])
  expect(cloud.members('many')).toEqual(emails(6, 7, 8, 9))
})

test('a reconcile asks with the sum of all it saw: over it every removal is held, and none is applied first', async () => {
  const names = ['one', 'two', 'three', 'four', 'five']
  const groups: string[] = []
  for (const name of names) groups.push(await cloud.groupOf(name, ...people.slice(0, 6)))
  await unheard(async () => {
    for (const group of groups) await leave(group, 0, 1, 2)
    await cloud.admin.join(groups[0]!, people[9]!)
  })
  const before = cloud.puts().length
  await cloud.reconcile()
  expect(cloud.members('one')).toEqual(emails(0, 1, 2, 3, 4, 5, 9))
  for (const name of names.slice(1)) expect(cloud.members(name), name).toEqual(emails(0, 1, 2, 3, 4, 5))
  for (const name of names) expect(await holdsOf(name), name).toMatchObject([{ count: 3, axis: 'all' }])
  expect(cloud.puts().length - before).toBe(1)
  expect(await spent()).toMatchObject({ left: 0 })
})

test('a list with people held in it that FAILED is put ever more seldom, and who is held stays', async () => {
  const group = await cloud.groupOf('failing', ...people.slice(0, 8))
  await leaveAtOnce(group, 0, 1, 2, 3, 4)
  cloud.qbusiness.faults.add({ operation: 'PutGroup', kind: 'fail-later', group: 'failing', times: 100 })
  await cloud.admin.join(group, people[9]!)
  await cloud.settled()
  const before = cloud.puts('failing').length
  await cloud.minutes(10)
  expect(cloud.puts('failing').length - before).toBeLessThan(6)
  expect(await holdsOf('failing')).toMatchObject([{ count: 5 }])
  cloud.qbusiness.faults.clear()
  passTime(2 * DAY)
  await cloud.minutes(2)
  expect(cloud.members('failing')).toEqual(emails(0, 1, 2, 3, 4, 5, 6, 7, 9))
})

test('an admin role that sees no groups any more: all look deleted, and nobody loses access', async () => {
  const names = ['seen one', 'seen two', 'seen three']
  for (const name of names) await cloud.groupOf(name, people[0]!, people[1]!)
  cloud.okta.faults.sees = []
  await cloud.reconcile()
  await cloud.minutes(3)
  for (const name of names) expect(cloud.members(name), name).toEqual(emails(0, 1))
  for (const name of names) expect(await holdsOf(name), name).toMatchObject([{ count: 2 }])
  cloud.okta.faults.sees = null
  await cloud.reconcile()
  for (const name of names) expect(await holdsOf(name), name).toEqual([])
  for (const name of names) expect(cloud.members(name), name).toEqual(emails(0, 1))
})

test('fifty functions at once never spend more than the budget', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `crowd ${index}`)
  const groups: string[] = []
  for (const name of names) {
    groups.push(await cloud.admin.createGroup(name))
    await cloud.admin.join(groups.at(-1)!, people[0]!)
    await cloud.admin.join(groups.at(-1)!, people[1]!)
  }
  await cloud.settled()
  await unheard(() => Promise.all(groups.map((group) => cloud.admin.leave(group, people[0]!))))
  await Promise.all(groups.map((group) => cloud.invoke('replay', { groups: [group] })))
  await cloud.settled()
  const left = names.filter((name) => cloud.members(name)?.length === 1)
  expect(left).toHaveLength(guard.all.number)
  expect(await spent()).toMatchObject({ left: guard.all.number })
  const held = await Promise.all(names.map(holdsOf))
  expect(held.flat()).toHaveLength(50 - guard.all.number)
}, 120_000)
