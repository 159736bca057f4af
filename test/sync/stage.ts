import type { GroupStatus } from '../../shared/membership/confirm.ts'
import type { Limits } from '../../shared/membership/guard.ts'
import type { RawMember } from '../../shared/membership/member-list.ts'
import type { OktaGroup } from '../../shared/membership/observe.ts'
import type { StagePlan } from '../../shared/membership/stage-plan.ts'
import { planStage } from '../../shared/sync/plan-stage.ts'
import type { Directory, UserStore } from '../../shared/sync/ports.ts'
import { putGroup } from '../../shared/sync/put-group.ts'
import { reconcile } from '../../shared/sync/reconcile.ts'
import type { Rules } from '../../shared/sync/rules.ts'
import { Table } from '../simulation/table.ts'
import { NOBODY_LISTENS, snapshotIn } from '../support/in-memory-table.ts'
import { heardDoorbells, ledgerOf, member, oktaOf, RULES, readPorts } from './ports.ts'

const NONE = { number: 0, fraction: 0, floor: 0 }
/** A guard that holds nobody. */
export const NO_GUARD: Limits = { name: NONE, all: NONE, emptied: NONE }
export const START = Date.parse('2026-03-01T12:00:00.000Z')
export const STAGE = { applicationId: 'app', indexId: 'index' }

/** A group as Okta has it: an error where it can't be read. */
interface Group {
  name: string
  people: RawMember[] | Error
  type?: string
  /** What Okta counts, where it isn't as many as there are. */
  counted?: number
}

/**
 * A small stage without queues: Okta as a map of groups, a user store as a map of names, the table of the simulation, and what
 * is rung is put at once.
 */
export function openStage(over: Partial<Rules> = {}) {
  const table = new Table(() => clock.time, NOBODY_LISTENS)
  const snapshot = snapshotIn(table)
  const rules: Rules = { ...RULES, guard: NO_GUARD, ...over }
  const { ports: base, clock, told, counted } = readPorts(snapshot, START)
  const { doorbells, names } = heardDoorbells()
  const groups = new Map<string, Group>()
  const store = new Map<string, { ids: readonly string[]; status: GroupStatus }>()
  let runs = 0

  const oktaGroup = (id: string, { name, type = 'OKTA_GROUP' }: Group): OktaGroup => {
    return { id, type, name, created: id, lastUpdated: '', lastMembershipUpdated: '' }
  }
  const peopleOf = (id: string) => {
    const { people } = groups.get(id)!
    if (people instanceof Error) throw people
    return people
  }
  const countOf = ({ people, counted }: Group) => counted ?? (people instanceof Error ? 0 : people.length)
  const directory: Directory = {
    ...oktaOf(clock).directory,
    group: async (id) => ({ readAt: clock.time, group: groups.has(id) ? oktaGroup(id, groups.get(id)!) : null }),
    members: async (id) => (groups.has(id) ? peopleOf(id) : null),
    usersCount: async (id) => countOf(groups.get(id)!),
    // Pages of one group each.
    groups: async (cursor) => {
      const all = [...groups].map(([id, group]) => ({ ...oktaGroup(id, group), usersCount: countOf(group) }))
      const index = cursor === null ? 0 : Number(cursor)
      return {
        readAt: clock.time,
        groups: all.slice(index, index + 1),
        next: index + 1 < all.length ? `${index + 1}` : null,
      }
    },
  }
  const userStore: UserStore = {
    status: async (name) => store.get(name)?.status ?? null,
    put: async (name, ids) => {
      clock.time += 1_000
      store.set(name, { ids, status: { status: 'SUCCEEDED', at: clock.time, entries: 1 } })
      return { requestId: `r${clock.time}`, overlapped: false }
    },
    delete: async (name) => {
      store.delete(name)
      return { overlapped: false }
    },
    groupsOf: async () => 'no document',
  }
  let ids = 0
  const ports = { ...base, rules, directory, userStore, doorbells, newId: () => `id${++ids}` }

  /** Puts what is rung, until nothing is. */
  async function putRung(): Promise<void> {
    for (let round = 0; names.length > 0; round++) {
      if (round === 50) throw new Error(`${names.length} names are rung again and again`)
      for (const [key, again] of names.splice(0)) await putGroup(ports, key, again)
    }
  }

  return {
    ports,
    snapshot,
    clock,
    told,
    counted,
    groups,
    store,
    names,
    rules,
    putRung,
    /** Makes a group of people, or has other people in it. */
    group(id: string, name: string, ...people: string[]) {
      groups.set(id, { name, people: people.map((person) => member(person)) })
    },
    /** A whole reconcile, and what comes of it. */
    async reconcile(): Promise<void> {
      clock.time += 120_000
      await reconcile(ports, `run ${++runs}`)
      await putRung()
    },
    /** What a reconcile would do by these rules. */
    plan: (by: Partial<Rules> = {}): Promise<StagePlan> =>
      planStage({ ...ports, snapshot }, { ...STAGE, rules: { ...rules, ...by } }),
    /** Who is in a name, without their domain; null where there is none. */
    members: (name: string) => store.get(name)?.ids.map((id) => id.split('@')[0]!) ?? null,
    ledger: (name: string) => ledgerOf(snapshot, name),
    /** The change records of a name, the oldest first. */
    changes: (key: string) => [...(table.changes.get(key)?.values() ?? [])],
  }
}

export type Stage = ReturnType<typeof openStage>

/** Ids of people as they are put. */
export const ids = (...people: string[]) => people.map((person) => `${person}@example.com`)
