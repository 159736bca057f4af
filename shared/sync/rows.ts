import type { Spent } from '../membership/budget.ts'
import type { Bearer } from '../membership/claim.ts'
import type { Breach } from '../membership/guard.ts'
import type { Cause, Mirror } from '../membership/mirror.ts'
import type { Tries } from '../membership/set-aside.ts'
import type { AcceptedRules } from './rules.ts'

/** A user whose hint is still to be followed up. */
export interface UserRow extends Tries {
  id: string
  version: number
  newestHint: number
  causes: Cause[]
  /** Ids of the groups that were rung for the newest hint. */
  rung: string[]
}

/** A full reconcile and how far it came. */
export interface Run {
  id: string
  version: number
  phase: 'waiting' | 'listing' | 'absent' | 'judging' | 'applying' | 'comparing' | 'checking' | 'finished'
  /** Okta's Date header when the listing began, epoch milliseconds; 0 before. */
  startedAt: number
  /** What events asked for is listed after this, by the queue's clock; null for a run that they didn't ask for. */
  notBefore: number | null
  /** Where it goes on: a page of Okta's listing, or the last name that was rung to be checked. */
  cursor: string | null
  counts: RunCounts
  /** Okta ids of groups of which the run saw what would take people out of names: nothing of it is written before it is judged. */
  waiting: string[]
  /** What they would take, all together. */
  removals: Spent
  /** Why every removal of the run is held; null where they aren't, or the guard wasn't asked yet. */
  breach: Breach | null
  /** Okta ids of groups that couldn't be read. */
  unread: string[]
  failures: number
  /** When it is to be begun or taken up. A fact of the row, unlike `dueAt`, which catch-up moves as it rings. */
  takeUpAt: number | null
  /** Whether it is the night's, which also looks for drift and has names put anew. */
  nightly: boolean
}

/** Which run began last. */
export interface Turn {
  version: number
  run: string
}

/** Counts of a run. */
export interface RunCounts {
  groups: number
  changed: number
  namesRung: number
  absent: number
}

/** How far the System Log was read. Times are epoch milliseconds by Okta's clock. */
export interface LogCursor {
  version: number
  /** The path of the next page. */
  cursor: string
  /** When the log was last read to its end. */
  polledAt: number
  /** When the first event was published whose delivery is known to have come: from then on they are expected; null before. */
  deliveriesSince: number | null
}

/** An event that the System Log has and whose delivery hasn't come yet. */
export interface MissingEvent {
  uuid: string
  type: string
  /** Epoch milliseconds by Okta's clock. */
  published: number
  /** Okta ids of what it is about; null where it says nothing of a group or a user. */
  group: string | null
  user: string | null
}

/** The org, the index and the settings that the table was made for. */
export interface Identity {
  version: number
  /** By which release the rows are written; see table-version.ts. */
  tableVersion: number
  orgId: string
  applicationId: string
  indexId: string
  /** The settings by which groups are read and named, until a person accepts others. */
  accepted: AcceptedRules
  /** Why everything is stopped; null where it isn't. */
  stopped: string | null
  /** What a person said last about puts; null where nobody has yet, so that the settings' `mode` counts. */
  puts: Switched | null
}

/** A person let puts go on, or stopped them. `at` in epoch milliseconds. */
export interface Switched {
  to: 'go' | 'stop'
  by: string
  reason: string
  at: number
}

/** What the index keeps of a mirror, and since when its newest change is known, and events wait for a read that fails. */
export type MirrorSummary = Bearer &
  Pick<Mirror, 'state' | 'run'> & {
    changedSince: number | null
    unreadSince: number | null
  }

/** A row that is due. `pk` and `sk` are its key in the table. */
export interface DueRow {
  pk: string
  sk: string
  dueAt: number
  what: 'group' | 'user' | 'name' | 'run' | 'event'
  id: string
}
