import type { Claim } from './claim.ts'
import type { Breach } from './guard.ts'
import type { Hold } from './hold.ts'
import type { Ledger } from './ledger.ts'
import type { Mirror } from './mirror.ts'
import { nameKey } from './name-key.ts'
import { type Because, isInStep } from './plan.ts'
import type { Refusal } from './refusal.ts'

/** What a run would do to a stage now. Times are in ISO 8601, people are user ids as put, groups are Okta ids. */
export interface StagePlan {
  at: string
  /** Why nothing of it is put; null where puts are made. */
  stopped: string | null
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
  /** Where all removals together are more than the guard lets go in a day: then every one of them is held. */
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
  putAgain: Exclude<Because, 'wanted'> | null
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

/** Whether nothing is to be said of a name, by what the index has of its row. */
export function isQuiet(ledger: Ledger | undefined, claim: Claim | null): boolean {
  if (ledger === undefined) return false
  if (claim === null || claim.doubles.length > 0 || ledger.adjusted !== null) return false
  return ledger.holds.length === 0 && ledger.refusal === null && isInStep(ledger, claim)
}

/** Whether anything is to be said of a name. */
export function isSaid(name: PlannedName): boolean {
  const { joins, leaves, doubles, held, keptOut, isNew, putAgain, deleteAt, refused, wouldHold } = name
  const lists = [joins, leaves, doubles, held, keptOut]
  return (
    isNew || lists.some((list) => list.length > 0) || [putAgain, deleteAt, refused, wouldHold].some((is) => is !== null)
  )
}

/** The rename of a group; null where it has its name still. */
export function renameOf(before: Mirror, after: Mirror): Rename | null {
  if (before.name === null || after.name === null || nameKey(before.name) === nameKey(after.name)) return null
  const former = after.formerNames.find(({ name }) => name === before.name)
  const until = former ? new Date(former.until).toISOString() : null
  return { group: after.id, from: before.name, to: after.name, until }
}

function isPut({ joins, leaves, isNew, refused, putAgain }: PlannedName): boolean {
  return joins.length > 0 || leaves.length > 0 || putAgain !== null || (isNew && refused === null)
}

function total<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0)
}
