import { afterAll, beforeAll, expect, test } from 'vitest'
import { diff } from '../../shared/membership/diff.ts'
import type { StagePlan } from '../../shared/membership/stage-plan.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { command } from '../support/command.ts'

// What a plan says is what the next reconcile does, and its minute after.
let cloud: TestCloud
const people: string[] = []

beforeAll(async () => {
  const guard = {
    name: { number: 100, fraction: 0.5, floor: 3 },
    all: { number: 12, fraction: 0.9, floor: 3 },
    emptied: { number: 3, fraction: 0.9, floor: 3 },
  }
  cloud = await testCloud({ hook: false, settings: { guard, groups: { adopt: ['adopted*'] } } })
  for (let index = 0; index < 10; index++) people.push(await cloud.admin.createUser(`person-${index}@example.com`))
})
afterAll(() => cloud.close())

async function groupOf(name: string, from: number, to: number): Promise<string> {
  const group = await cloud.admin.createGroup(name)
  for (const user of people.slice(from, to)) await cloud.admin.join(group, user)
  return group
}

async function leave(group: string, from: number, to: number): Promise<void> {
  for (const user of people.slice(from, to)) await cloud.admin.leave(group, user)
}

async function plan(): Promise<StagePlan & { hasWork: boolean }> {
  return JSON.parse((await command(['plan', '--json'])).stdout)
}

const members = () =>
  Object.fromEntries(cloud.qbusiness.store.groupNames().map((name) => [name, cloud.members(name) ?? []]))

/** Who joined and left each name, and who is held in it newly, by the plan and by what came. */
async function planAndReconcile() {
  const planned = await plan()
  const before = members()
  await cloud.reconcile()
  // What is missing is gone a minute later.
  await cloud.minutes(2)
  const after = members()
  const came: Record<string, unknown> = {}
  const said: Record<string, unknown> = {}
  for (const { name, joins, leaves, wouldHold, held: known } of planned.changes) {
    said[name] = { joins, leaves, held: wouldHold?.people ?? [] }
    const { joined, left } = diff(before[name] ?? [], after[name] ?? [])
    const { holds } = await cloud.ledger(name)
    const fresh = holds.filter(({ id }) => !known.some((hold) => hold.id === id))
    const held = (await Promise.all(fresh.map((hold) => cloud.snapshot.list(hold.people)))).flat().sort()
    came[name] = { joins: joined, leaves: left, held }
  }
  const untouched = Object.keys(after).filter((name) => !(name in said))
  for (const name of untouched) expect(after[name], name).toEqual(before[name])
  return { planned, said, came }
}

test('the first one, which is all new', async () => {
  await groupOf('one', 0, 4)
  await groupOf('two', 2, 8)
  await groupOf('three', 0, 10)
  await groupOf('gone', 0, 3)
  await groupOf('renamed', 0, 2)
  await groupOf('adopted one', 0, 2)
  await groupOf('foreign', 0, 2)
  cloud.qbusiness.store.putForeign('adopted one', ['somebody@example.com'])
  cloud.qbusiness.store.putForeign('foreign', ['somebody@example.com'])
  const { planned, said, came } = await planAndReconcile()
  const { 'adopted one': adopted, ...others } = came
  expect(others).toEqual({ ...said, 'adopted one': undefined })
  // Who was in an adopted group can't be asked.
  expect(adopted).toMatchObject({ joins: ['person-0@example.com', 'person-1@example.com'] })
  expect(planned.summary).toMatchObject({ puts: 6, joins: 27, leaves: 0, adopted: 1, refused: 1 })
})

test('one with a bit of everything', async () => {
  const ids = await idsByName()
  await leave(ids['one']!, 0, 2)
  await cloud.admin.join(ids['one']!, people[9]!)
  await leave(ids['two']!, 2, 7)
  await cloud.admin.deleteGroup(ids['gone']!)
  await cloud.admin.rename(ids['renamed']!, 'renamed since')
  await groupOf('late', 0, 1)
  const { planned, said, came } = await planAndReconcile()
  expect(came).toEqual(said)
  expect(planned.summary).toMatchObject({ renames: 1, emptied: 1, wouldHold: 5, refused: 1 })
  expect(planned.sum).toBeNull()
  expect(said['two']).toMatchObject({ leaves: [], held: { length: 5 } })
})

test('one whose removals together are more than the guard lets go: every one of them is held', async () => {
  const ids = await idsByName()
  await leave(ids['three']!, 0, 4)
  await leave(ids['one']!, 2, 4)
  await leave(ids['renamed since']!, 0, 1)
  await cloud.admin.join(ids['late']!, people[5]!)
  const { planned, said, came } = await planAndReconcile()
  expect(came).toEqual(said)
  expect(planned.sum).toMatchObject({ axis: 'all' })
  expect(planned.summary).toMatchObject({ leaves: 0, joins: 1, wouldHold: 8, held: 5 })
})

test('and then nothing is to be done but what a person has to decide', async () => {
  expect(await plan()).toMatchObject({ summary: { puts: 0, wouldHold: 0, held: 13 }, hasWork: true, sum: null })
})

async function idsByName(): Promise<Record<string, string>> {
  const groups = (await cloud.admin.call('GET', '/api/v1/groups')) as { id: string; profile: { name: string } }[]
  return Object.fromEntries(groups.map(({ id, profile }) => [profile.name, id]))
}
