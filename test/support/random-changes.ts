import { fc } from '@fast-check/vitest'
import type { oktaAdmin } from './okta-admin.ts'

/** How many people come and go. */
export const PEOPLE = 6
const COUNTING = ['ACTIVE', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT']

/** An org in which things happen: three places for groups, of which some are taken, and people. */
export interface World {
  admin: ReturnType<typeof oktaAdmin>
  /** What the names of groups begin with. */
  prefix: string
  /** The groups by their places. */
  groups: Map<number, { id: string; name: string }>
  /** Okta ids. */
  people: string[]
  emailOf(person: number, tag: number): string
  /** Every name that a group has borne. */
  names: Set<string>
  /** Makes a group, and answers its id. */
  createGroup(name: string): Promise<string>
}

const slot = fc.nat(2)
const person = fc.nat(PEOPLE - 1)
const tag = fc.nat(99)

/** A change in Okta, by an administrator. */
export const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), slot, name: fc.nat(3) }) },
  fc.record({ do: fc.constant('rename' as const), slot, name: fc.nat(3) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), slot }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('join' as const), slot, person }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('leave' as const), slot, person }) },
  fc.record({ do: fc.constantFrom('suspend' as const, 'unsuspend' as const), person }),
  fc.record({ do: fc.constant('email' as const), person, tag }),
)

/** A change that comes seldom: a name in another case, a name of somebody else's, names that are swapped, out of scope, … */
export const rareChange = fc.oneof(
  fc.record({ do: fc.constantFrom('change case' as const, 'leave scope' as const), slot }),
  fc.record({ do: fc.constant('rename' as const), slot, name: fc.constant('foreign' as const) }),
  fc.record({ do: fc.constant('swap' as const), slot, other: slot }),
  fc.record({ do: fc.constantFrom('deactivate' as const, 'activate' as const), person }),
  fc.record({ do: fc.constant('replace' as const), person, tag }),
)

type Made<A> = A extends fc.Arbitrary<infer T> ? T : never
export type Change = Made<typeof change> | Made<typeof rareChange>

/** Makes a change, where it can be made. */
export async function make(world: World, one: Change): Promise<void> {
  await unlessRefused('slot' in one ? changeGroup(world, one) : changePerson(world, one))
}

async function changeGroup(world: World, one: Extract<Change, { slot: number }>): Promise<void> {
  const { admin, prefix, groups, people, names } = world
  const group = groups.get(one.slot)
  if (one.do === 'create' && group === undefined) {
    const name = prefix + one.name
    groups.set(one.slot, { id: await world.createGroup(name), name })
    names.add(name)
  }
  if (group === undefined) return
  if (one.do === 'rename') await rename(prefix + one.name, group)
  if (one.do === 'leave scope') await rename(`out of scope ${group.id}`, group)
  if (one.do === 'change case') await rename(inOtherCase(group.name), group)
  if (one.do === 'join') await admin.join(group.id, people[one.person]!)
  if (one.do === 'leave') await admin.leave(group.id, people[one.person]!)
  if (one.do === 'delete') {
    await admin.deleteGroup(group.id)
    groups.delete(one.slot)
  }
  const other = one.do === 'swap' ? groups.get(one.other) : undefined
  if (other !== undefined && other !== group) {
    const [name, otherName] = [group.name, other.name]
    await rename(`${prefix}swapped`, group)
    await rename(name, other)
    await rename(otherName, group)
  }

  async function rename(name: string, of: { id: string; name: string }) {
    await admin.rename(of.id, name)
    of.name = name
    names.add(name)
  }
}

async function changePerson({ admin, people, emailOf }: World, one: Exclude<Change, { slot: number }>): Promise<void> {
  const id = people[one.person]!
  if (one.do === 'email') await admin.updateUser(id, { email: emailOf(one.person, one.tag) })
  else if (one.do === 'replace') {
    await unlessRefused(admin.lifecycle(id, 'deactivate'))
    await admin.deleteUser(id)
    people[one.person] = await admin.createUser(emailOf(one.person, 100 + one.tag))
  } else await admin.lifecycle(id, one.do)
}

/** What Okta refuses (a name that is taken, somebody suspended twice) is no change. */
async function unlessRefused(done: Promise<unknown>): Promise<void> {
  try {
    await done
  } catch (error) {
    const { status, message } = error as Error & { status?: number }
    if (!/^4|answered 4\d\d/.test(String(status ?? message))) throw error
  }
}

function inOtherCase(name: string): string {
  return name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase()
}

/** Whether somebody with this status counts as a member, by the default settings. */
export function isCounting(status: string): boolean {
  return COUNTING.includes(status)
}

/** The groups whose names begin with the prefix, in whatever case, by name: who is a member of each, sorted. */
export async function namesInOkta({ admin, prefix }: Pick<World, 'admin' | 'prefix'>): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>()
  const groups: { id: string; profile: { name: string } }[] = await admin.call('GET', '/api/v1/groups?limit=10000')
  for (const { id, profile } of groups) {
    if (!profile.name.toLowerCase().startsWith(prefix)) continue
    const users: { status: string; profile: { email: string } }[] = await admin.call(
      'GET',
      `/api/v1/groups/${id}/users`,
    )
    const members = users.filter(({ status }) => isCounting(status)).map(({ profile: { email } }) => email)
    names.set(profile.name, members.sort())
  }
  return names
}
