import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { nameKey } from '../../shared/membership/name-key.ts'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, passTime, sleepByPassingTime } from '../support/time.ts'

const NAMES = ['Loop', 'LOOP', 'loop', 'Other', 'other']
const PEOPLE = ['ann@example.com', 'bob@example.com', 'carl@example.com']

const group = fc.nat(1)
const change = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('name' as const), group, name: fc.constantFrom(...NAMES) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'leave' as const), group, who: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), group }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('settle' as const, 'minutes' as const, 'days' as const) }) },
)
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

describe.each(['case-sensitive', 'case-insensitive'] as const)('in a %s service', (groupNames) => {
  let cloud: TestCloud
  let people: string[]
  let history = 0

  beforeAll(async () => {
    sleepByPassingTime()
    cloud = await testCloud({ settings: { guard: NO_GUARD } })
    cloud.qbusiness.switches.groupNames = groupNames
    people = await Promise.all(PEOPLE.map((person) => cloud.admin.createUser(person)))
  })
  afterAll(() => cloud.close())

  test.prop([fc.array(change, { minLength: 15, maxLength: 30 })], { numRuns: 5 })(
    'whatever happens to two groups and their names, all spellings of a name have the members of who has it',
    async (changes) => {
      const suffix = ` ${++history}`
      const groups = new Map<number, string>()
      const seen = new Set<string>()
      for (const one of changes) {
        passTime(2_000)
        if ('name' in one) seen.add(one.name + suffix)
        await apply(one, groups, suffix).catch(ignoreRefused)
      }
      await cloud.settled()
      await cloud.minutes(3)
      const lists = await listsOf([...groups.values()])
      for (const spelling of seen) {
        const now = cloud.members(spelling)
        const bearers = lists.filter(({ name }) => nameKey(name) === nameKey(spelling))
        const isBorne = bearers.some(({ name }) => name === spelling)
        if (bearers.length === 1 && isBorne) expect(now, spelling).toEqual(bearers[0]!.members)
        if (now === undefined) continue
        // A former name has what its group has, or nobody.
        const allowed = bearers.length > 0 ? bearers : [...lists, { members: [] }]
        expect(
          allowed.map(({ members }) => members),
          spelling,
        ).toContainEqual(now)
        const others = [...seen].filter((other) => nameKey(other) === nameKey(spelling) && cloud.members(other))
        for (const other of others) expect(cloud.members(other), `${spelling}, ${other}`).toEqual(now)
      }
      expect(await cloud.reconcile()).toMatchObject({ counts: { changed: 0, namesRung: 0 } })
    },
    300_000,
  )

  async function apply(one: Change, groups: Map<number, string>, suffix: string): Promise<unknown> {
    // Whoever runs while days pass has run out of time.
    if (!('group' in one)) await cloud.settled()
    if (one.do === 'minutes') return cloud.minutes(2)
    if (one.do === 'days') {
      // A name that nobody wants is deleted, a former one is given up.
      passTime(15 * DAY)
      return cloud.minutes(2)
    }
    if (!('group' in one)) return
    const id = groups.get(one.group)
    if (one.do === 'name' && id === undefined) {
      return groups.set(one.group, await cloud.admin.createGroup(one.name + suffix))
    }
    if (id === undefined) return
    if (one.do === 'name') return cloud.admin.rename(id, one.name + suffix)
    if (one.do === 'join') return cloud.admin.join(id, people[one.who]!)
    if (one.do === 'leave') return cloud.admin.leave(id, people[one.who]!)
    groups.delete(one.group)
    return cloud.admin.deleteGroup(id)
  }

  async function listsOf(ids: string[]): Promise<{ name: string; members: string[] }[]> {
    return Promise.all(
      ids.map(async (id) => {
        const { profile } = await cloud.admin.call('GET', `/api/v1/groups/${id}`)
        const users: { profile: { email: string } }[] = await cloud.admin.call('GET', `/api/v1/groups/${id}/users`)
        return { name: profile.name, members: users.map((user) => user.profile.email).sort() }
      }),
    )
  }
})

/** What Okta refuses, such as a name that is taken, is no change. */
function ignoreRefused(error: Error): void {
  if (!/answered 4\d\d/.test(error.message)) throw error
}
