import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, expect } from 'vitest'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'

let cloud: TestCloud
const people: string[] = []
const PEOPLE = 6
const COUNTING = ['ACTIVE', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT']

beforeAll(async () => {
  cloud = await testCloud({ settings: { guard: NO_GUARD } })
  for (let index = 0; index < PEOPLE; index++) people.push(await cloud.admin.createUser(`person-${index}@example.com`))
})
afterAll(() => cloud.close())

const slot = fc.nat(2)
const person = fc.nat(PEOPLE - 1)
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), slot, name: fc.nat(3) }) },
  fc.record({ do: fc.constant('rename' as const), slot, name: fc.nat(3) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), slot }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('join' as const), slot, person }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('leave' as const), slot, person }) },
  fc.record({ do: fc.constantFrom('suspend' as const, 'unsuspend' as const), person }),
  fc.record({ do: fc.constant('email' as const), person, tag: fc.nat(99) }),
)
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
    const prefix = `history ${++history} name `
    const groups = new Map<number, string>()
    const seenNames = new Set<string>()
    // What is lost afterwards can only be a leak or a lock-out where something had arrived before.
    const half = Math.floor(changes.length / 2)
    for (const one of changes.slice(0, half)) await apply(one, groups, prefix, seenNames).catch(ignoreRefused)
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
    for (const one of changes.slice(half)) await apply(one, groups, prefix, seenNames).catch(ignoreRefused)
    await cloud.settled()
    cloud.okta.faults.reset()
    // Nor does the System Log find it: catch-up would read on in it.
    cloud.okta.faults.lag.logs = Number.POSITIVE_INFINITY
    // The second 404 of a group that is gone comes a minute after the first.
    await cloud.reconcile()
    await cloud.minutes(2)
    const expected = await namesInOkta(prefix)
    for (const [name, members] of expected) expect(cloud.members(name), name).toEqual(members)
    const lists = [...expected.values(), []].map((members) => members.join())
    for (const name of seenNames) {
      // A former name has what its group has, or nobody.
      const members = cloud.members(name)
      if (members !== undefined && !expected.has(name)) expect(lists, name).toContain(members.join())
    }
    expect(await cloud.reconcile()).toMatchObject({ counts: { changed: 0, namesRung: 0 }, unread: [] })
  },
  120_000,
)

async function apply(
  one: typeof change extends fc.Arbitrary<infer T> ? T : never,
  groups: Map<number, string>,
  prefix: string,
  seen: Set<string>,
) {
  const { admin } = cloud
  if (one.do === 'create' && !groups.has(one.slot)) {
    seen.add(prefix + one.name)
    groups.set(one.slot, await admin.createGroup(prefix + one.name))
  }
  if (one.do === 'suspend' || one.do === 'unsuspend') await admin.lifecycle(people[one.person]!, one.do)
  if (one.do === 'email')
    await admin.updateUser(people[one.person]!, { email: `person-${one.person}-${one.tag}@example.com` })
  const group = 'slot' in one ? groups.get(one.slot) : undefined
  if (group === undefined) return
  if (one.do === 'rename') {
    await admin.rename(group, prefix + one.name)
    seen.add(prefix + one.name)
  }
  if (one.do === 'join') await admin.join(group, people[one.person]!)
  if (one.do === 'leave') await admin.leave(group, people[one.person]!)
  if (one.do === 'delete') {
    await admin.deleteGroup(group)
    groups.delete((one as { slot: number }).slot)
  }
}

/** What Okta refuses (a name that is taken, somebody suspended twice) is no change. */
function ignoreRefused(error: Error): void {
  if (!/answered 4\d\d/.test(error.message)) throw error
}

async function namesInOkta(prefix: string): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>()
  const groups: { id: string; profile: { name: string } }[] = await cloud.admin.call('GET', '/api/v1/groups?limit=200')
  for (const { id, profile } of groups.filter(({ profile }) => profile.name.startsWith(prefix))) {
    const users: { status: string; profile: { email: string } }[] = await cloud.admin.call(
      'GET',
      `/api/v1/groups/${id}/users`,
    )
    const members = users.filter(({ status }) => COUNTING.includes(status)).map(({ profile: { email } }) => email)
    names.set(profile.name, members.sort())
  }
  return names
}
