import type { GroupStatus } from '../../shared/membership/confirm.ts'
import { DEFAULTS } from '../../shared/membership/guard.ts'
import { memberListOf, type RawMember } from '../../shared/membership/member-list.ts'
import { type Mirror, unread } from '../../shared/membership/mirror.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import type { Check } from '../../shared/membership/nightly.ts'
import type { OktaGroup } from '../../shared/membership/observe.ts'
import type { Hint, ReceivedHint } from '../../shared/queue/hint.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import type { Directory, Doorbells, Snapshot, Telemetry, UserStore } from '../../shared/sync/ports.ts'
import { RecentLooks } from '../../shared/sync/recent-looks.ts'
import type { Rules } from '../../shared/sync/rules.ts'

export const RULES: Rules = {
  mode: 'put',
  scope: { types: ['OKTA_GROUP'], names: ['*'], ids: [] },
  members: { attribute: 'email', statuses: ['ACTIVE'] },
  groups: { name: '{name}', adopt: [], deleteAfter: 86_400_000 },
  renames: { keepFor: 86_400_000 },
  guard: DEFAULTS,
  bulk: { userHints: 500 },
  drift: { sample: 0, putsPerNight: 2 },
  refresh: { within: 30 * 86_400_000 },
  mostMembers: 1000,
}

/** A clock that stands still but for who sleeps by it. */
export function clockAt(start: number) {
  const clock = {
    time: start,
    slept: [] as number[],
    now: () => clock.time,
    sleep: async (milliseconds: number) => {
      clock.slept.push(milliseconds)
      clock.time += milliseconds
    },
    // What is called in time takes none of this clock's.
    after: systemClock.after,
  }
  return clock
}

/** Logs and counts to look into. */
export function toldTelemetry() {
  const told: unknown[][] = []
  const tell = (...said: unknown[]) => void told.push(said)
  const telemetry: Telemetry = { info: tell, warn: tell, error: tell, count: tell }
  return { telemetry, told, counted: (metric: string) => told.filter(([what]) => what === metric).length }
}

/** Doorbells that ring nowhere, and what was rung. */
export function heardDoorbells() {
  const hints: Hint[] = []
  const names: [key: string, again: boolean][] = []
  const checks: (Check & { key: string })[] = []
  const doorbells: Doorbells = {
    ringHints: async (given) => void hints.push(...given),
    ringNames: async (keys, again = false) => void names.push(...keys.map((key): [string, boolean] => [key, again])),
    ringChecks: async (given) => void checks.push(...given),
  }
  return { doorbells, hints, names, checks }
}

/** Okta as one group, one user's groups and an org; each may be anything, or fail. */
export function oktaOf(start: { now: () => number }) {
  const okta = {
    reads: 0,
    group: { id: '', type: 'OKTA_GROUP', name: 'Sales', created: '', lastUpdated: '', lastMembershipUpdated: '' } as
      | OktaGroup
      | null
      | Error,
    members: [] as RawMember[] | null | Error,
    /** What the second and later reads of the members give, where it isn't the same. */
    later: undefined as RawMember[] | null | undefined,
    count: null as number | null,
    groupsOfUser: [] as OktaGroup[] | null | Error,
    org: '00o1' as string | Error,
    readAt: start.now,
  }
  const given = <T>(value: T | Error): T => {
    if (value instanceof Error) throw value
    return value
  }
  const directory: Directory = {
    orgId: async () => given(okta.org),
    group: async (id) => {
      const group = given(okta.group)
      return { readAt: okta.readAt(), group: group && { ...group, id } }
    },
    members: async () => {
      okta.reads++
      return given(okta.reads > 1 && okta.later !== undefined ? okta.later : okta.members)
    },
    usersCount: async () => okta.count,
    groupsOfUser: async () => given(okta.groupsOfUser),
    groups: async () => ({ readAt: okta.readAt(), groups: [], next: null }),
    async *events() {
      yield []
    },
    log: async () => ({ events: [], next: '/api/v1/logs?after=1', date: okta.readAt() }),
    time: async () => okta.readAt(),
  }
  return { okta, directory }
}

/** All that reading a group needs, and eyes on it. */
export function readPorts(snapshot: Snapshot, start = 1_800_000_000_000) {
  const clock = clockAt(start)
  const { okta, directory } = oktaOf(clock)
  const { telemetry, told, counted } = toldTelemetry()
  const { doorbells, hints, names } = heardDoorbells()
  const left = { time: 300_000 }
  const recent = new RecentLooks(RULES.members.statuses)
  const ports = { snapshot, directory, doorbells, telemetry, clock, recent, rules: RULES, timeLeft: () => left.time }
  return { ports, okta, clock, told, counted, hints, names, left }
}

/** A user store that does what it is told, with what was put and deleted. */
export function toldUserStore() {
  const store = {
    /** Asked in turn, the last one again and again. */
    statuses: [null] as (GroupStatus | null | Error)[],
    puts: [] as (readonly string[])[],
    /** Of each put, whether an empty list is known to fail. */
    emptyFails: [] as boolean[],
    deletes: 0,
    answer: async (): Promise<{ requestId: string; overlapped: boolean }> => ({ requestId: 'r', overlapped: false }),
    deletion: async (): Promise<{ overlapped: boolean }> => ({ overlapped: false }),
    /** Groups of each person asked about, and who was asked about. */
    groups: async (_person: string): ReturnType<UserStore['groupsOf']> => 'no document',
    asked: [] as string[],
  }
  const userStore: UserStore = {
    status: async () => {
      const [status = null] = store.statuses.length > 1 ? store.statuses.splice(0, 1) : store.statuses
      if (status instanceof Error) throw status
      return status
    },
    put: (_, userIds, emptyFails) => {
      store.puts.push(userIds)
      store.emptyFails.push(emptyFails)
      return store.answer()
    },
    delete: () => {
      store.deletes++
      return store.deletion()
    },
    groupsOf: (person) => {
      store.asked.push(person)
      return store.groups(person)
    },
  }
  return { store, userStore }
}

export const member = (person: string, status = 'ACTIVE'): RawMember => ({
  id: `00u-${person}`,
  status,
  userId: `${person}@example.com`,
})

/** Writes that a group bears a name and has these members, and answers its mirror. */
export async function borne(snapshot: Snapshot, id: string, name: string, ...people: string[]): Promise<Mirror> {
  const { digest, ids } = memberListOf(
    people.map((person) => member(person)),
    ['ACTIVE'],
  )
  await snapshot.putList(digest, ids)
  const before = (await snapshot.mirror(id)) ?? unread(id)
  const facts = { state: 'present', type: 'OKTA_GROUP', name, digest, count: ids.length, readAt: 1 } as const
  const causes = [...before.causes, { id: `e${before.changes + 1}`, type: 'test', change: before.changes + 1 }]
  await snapshot.putMirror(before, { ...before, ...facts, causes, changes: before.changes + 1 })
  return (await snapshot.mirror(id))!
}

/** The ledger of a name, as it stands in the table. */
export const ledgerOf = async (snapshot: Snapshot, name: string) => (await snapshot.name(nameKey(name))).ledger

export const ring = (id: string, over: Partial<ReceivedHint> = {}): ReceivedHint => ({
  ...{ subject: 'group', id, books: false, again: false, causes: [], questions: [], sentAt: 0 },
  ...over,
})
