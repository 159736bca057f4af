import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, expect } from 'vitest'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'
import { change, make, namesInOkta, PEOPLE, type World } from '../support/random-changes.ts'

let cloud: TestCloud
const people: string[] = []
const emailOf = (person: number, tag: number) => `person-${person}-${tag}@example.com`

beforeAll(async () => {
  cloud = await testCloud({ settings: { guard: NO_GUARD } })
  for (let index = 0; index < PEOPLE; index++) people.push(await cloud.admin.createUser(`person-${index}@example.com`))
})
afterAll(() => cloud.close())

const deliveries = fc.record({
  lost: fc.constantFrom(0, 0.3, 1),
  duplicate: fc.boolean(),
  order: fc.constantFrom('kept' as const, 'reversed' as const, 'shuffled' as const),
  split: fc.boolean(),
  delayMs: fc.constantFrom(0, 100),
})

let history = 0

test.prop(
  [
    fc.array(change, { minLength: 10, maxLength: 24 }),
    deliveries,
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
  ],
  {
    numRuns: 8,
  },
)(
  'whatever happens in Okta, and however its deliveries come or do not, after a reconcile the user store equals Okta',
  async (changes, { lost, duplicate, order, split, delayMs }, random) => {
    const { admin } = cloud
    const prefix = `history ${++history} name `
    const names = new Set<string>()
    const world: World = { admin, prefix, groups: new Map(), people, emailOf, names, createGroup: admin.createGroup }
    // What is lost afterwards can only be a leak or a lock-out where something had arrived before.
    const half = Math.floor(changes.length / 2)
    for (const one of changes.slice(0, half)) await make(world, one)
    await cloud.settled()
    // The looks that these events have booked are over: only reconcile can find what is lost from here.
    await cloud.minutes(2)
    Object.assign(cloud.okta.faults.deliveries, {
      drop: () => random.next().value < lost,
      duplicate: duplicate ? 1 : 0,
      order,
      split,
      delayMs,
    })
    for (const one of changes.slice(half)) await make(world, one)
    await cloud.settled()
    cloud.okta.faults.reset()
    // Nor does the System Log find it: catch-up would read on in it.
    cloud.okta.faults.lag.logs = Number.POSITIVE_INFINITY
    // The second 404 of a group that is gone comes a minute after the first.
    await cloud.reconcile()
    await cloud.minutes(2)
    const expected = await namesInOkta(world)
    for (const [name, members] of expected) expect(cloud.members(name), name).toEqual(members)
    const lists = [...expected.values(), []].map((members) => members.join())
    for (const name of names) {
      // A former name has what its group has, or nobody.
      const members = cloud.members(name)
      if (members !== undefined && !expected.has(name)) expect(lists, name).toContain(members.join())
    }
    expect(await cloud.reconcile()).toMatchObject({ counts: { changed: 0, namesRung: 0 }, unread: [] })
  },
  120_000,
)
