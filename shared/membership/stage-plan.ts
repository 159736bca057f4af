import { type Budget, type Spent, spentIn } from './budget.ts'
import { type Breach, guard, type Limits } from './guard.ts'
import type { Hold } from './hold.ts'
import type { Refusal } from './refusal.ts'

/** What a run would do to a stage now. Times are in ISO 8601, people are user ids as put, groups are Okta ids. */
export interface StagePlan {
  at: string
  settings: {
    fingerprint: string
    /** What the settings say otherwise than those in force; empty where they are in force. */
    differences: { key: string; inForce: unknown; here: unknown }[]
  }
  /** How many groups are in scope, and how many names there are. */
  groups: number
  names: number
  /** Every name that something is to be said of, by name. */
  changes: PlannedName[]
  renames: Rename[]
  /** Groups that can't be read now, and why: what they are is left as it was. */
  unread: { group: string; name: string | null; why: string }[]
  /** Where all of it together takes more than the guard lets go in a day. */
  sum: (Breach & { detail: string }) | null
  summary: Summary
}

/** What is to be said of one name of the user store. */
export interface PlannedName {
  name: string
  /** The group that has the name, null where none wants it. */
  group: string | null
  /** Nothing of ours is under the name yet. */
  isNew: boolean
  /** The user store has the name already, and the settings adopt it: who is in it can't be asked. */
  adopts: boolean
  joins: string[]
  leaves: string[]
  /** Nobody is left in it. */
  empties: boolean
  /** The name that the group bears now, where it bore this one until lately; kept in step until then. */
  formerNameOf: { name: string; until: string } | null
  /** Why the same list is put once more. */
  putAgain: 'found putting' | 'doubt' | 'unconfirmed' | null
  /** No group wants it, so it is deleted: now, or at a time. */
  deletes: boolean
  deleteAt: string | null
  refused: Pick<Refusal, 'reason' | 'detail' | 'remedy'> | null
  /** Groups of the same name that don't get it. */
  doubles: string[]
  /** Who is held in it already, though out in Okta. */
  held: (Pick<Hold, 'id' | 'axis' | 'detail' | 'rejected'> & { since: string; people: string[] })[]
  /** Whom the guard would hold, and why. */
  wouldHold: { people: string[]; axis: Hold['axis']; detail: string } | null
  /** Who is kept out by hand, though in in Okta. */
  keptOut: string[]
  /** What of it would be taken from the budgets. */
  spends: Spent
}

/** A group with another name than before: the former one is kept in step until then. */
export interface Rename {
  group: string
  from: string
  to: string
  until: string | null
}

/** Counts of a plan: of memberships where nothing else is said. */
export interface Summary {
  /** Names that something would be put under. */
  puts: number
  joins: number
  leaves: number
  renames: number
  /** Names. */
  emptied: number
  deleted: number
  refused: number
  adopted: number
  held: number
  wouldHold: number
  keptOut: number
  /** Groups. */
  unread: number
  /** Names of which nothing is to be said: they are as they should be. */
  inStep: number
}

/** The axis that the whole plan goes over, with what was spent before it. */
export function sumOf(changes: readonly PlannedName[], limits: Limits, budget: Budget, now: number): Breach | null {
  const spent = spentIn(budget, now)
  const left = total(changes, ({ spends }) => spends.left)
  const emptied = total(changes, ({ spends }) => spends.emptied)
  if (left === 0) return null
  const all = { count: spent.left + left, of: budget.totals?.memberships ?? null }
  const names = { count: spent.emptied + emptied, of: budget.totals?.names ?? null }
  return guard(limits, { all, ...(emptied > 0 ? { emptied: names } : {}) })
}

/** The counts of what a plan says. */
export function summaryOf({ names, changes, renames, unread }: Omit<StagePlan, 'summary'>): Summary {
  const those = (fits: (name: PlannedName) => unknown) => changes.filter(fits).length
  return {
    puts: those(isPut),
    joins: total(changes, ({ joins }) => joins.length),
    leaves: total(changes, ({ leaves }) => leaves.length),
    renames: renames.length,
    emptied: those(({ empties }) => empties),
    deleted: those(({ deletes }) => deletes),
    refused: those(({ refused, doubles }) => refused !== null || doubles.length > 0),
    adopted: those(({ adopts }) => adopts),
    held: total(changes, ({ held }) => total(held, ({ people }) => people.length)),
    wouldHold: total(changes, ({ wouldHold }) => wouldHold?.people.length ?? 0),
    keptOut: total(changes, ({ keptOut }) => keptOut.length),
    unread: unread.length,
    inStep: names - changes.length,
  }
}

/** Whether anything is to be done, by a run or by a person. Who stays in or out by a person's decision is nothing to do. */
export function hasWork({ settings, changes, unread }: StagePlan): boolean {
  const isOpen = (name: PlannedName) =>
    isPut(name) ||
    name.deletes ||
    name.refused !== null ||
    name.doubles.length > 0 ||
    name.wouldHold !== null ||
    name.held.some(({ rejected }) => rejected === null)
  return settings.differences.length > 0 || unread.length > 0 || changes.some(isOpen)
}

function isPut({ joins, leaves, isNew, refused, putAgain }: PlannedName): boolean {
  return joins.length > 0 || leaves.length > 0 || putAgain !== null || (isNew && refused === null)
}

function total<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0)
}
