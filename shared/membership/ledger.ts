import type { Drift } from './drift.ts'
import type { Hold } from './hold.ts'
import type { Refusal } from './refusal.ts'
import { NO_FAILURES, type Tries } from './set-aside.ts'

/** The newest that GetGroup showed of a name: its time (epoch milliseconds) and how many statuses it has had. */
export interface Shown {
  at: number
  entries: number
}

/**
 * What was put under a name of the user store. Times are epoch milliseconds of the writing function's clock: they say how
 * long to wait, and decide nothing else.
 *
 * - `none`: nothing of ours is under this name.
 * - `putting`: an intent is written; whether PutGroup took effect isn't known.
 * - `accepted`: PutGroup answered 200; not yet confirmed by GetGroup.
 * - `confirmed`: GetGroup showed SUCCEEDED, newer than it ever showed before the put.
 * - `unconfirmed`: not confirmed in an hour, and put once more for it. A late confirmation still counts.
 * - `deleting`: an intent to delete is written.
 */
export interface Ledger extends Tries {
  key: string
  version: number
  /** As put. */
  name: string
  /** Further spellings of the name that were borne since it was put, each with a row of its own: see spelling.ts. */
  spellings?: string[]
  /** The Okta group that has the name. */
  owner: string | null
  status: 'none' | 'putting' | 'accepted' | 'confirmed' | 'unconfirmed' | 'deleting'
  /** Ours is a name with an intent, written after GetGroup said 404 or because the settings adopt it. */
  ours: boolean
  /** Digest that the last intent meant, null where there was none. */
  meant: string | null
  /** Digest that was meant before this one, to know who left. */
  formerly: string | null
  /** What stood before the last intent, to return to where it had no effect. */
  before:
    | (Pick<
        Ledger,
        | 'status'
        | 'meant'
        | 'formerly'
        | 'ours'
        | 'owner'
        | 'ownerChange'
        | 'meantAt'
        | 'baseline'
        | 'doubt'
        | 'change'
        | 'unconfirmedPuts'
        | 'retryAt'
      > & { meantBefore: string | null })
    | null
  meantAt: number
  acceptedAt: number
  /** How often this digest was put, where it is put once more for want of confirmation. */
  unconfirmedPuts: number
  /** A list with nobody in it FAILED here, so that somebody who can't sign in stands for nobody. */
  emptyFails: boolean
  /** The newest ever shown by GetGroup, and what that was before the last put. */
  shown: Shown
  baseline: Shown
  /** Since when a put that may have overlapped another may still land, and how many puts were made against that. */
  doubt: { since: number; puts: number } | null
  /** Puts of ours have overlapped: until a look after this shows nothing newer, what GetGroup shows newer may be one's end. */
  unsureUntil: number | null
  /** What the user store has that isn't what was put. */
  drift: Drift | null
  /** Digest of people who weren't in or out as they should be soon after the last put: they are asked about again. */
  suspects: string | null
  refusal: Refusal | null
  /** People who are out in Okta and stay in until a person lets them go. */
  holds: Hold[]
  /** When it was last said that there are holds. */
  holdsToldAt: number
  /** What is put for what is wanted, where that isn't the same. `until`: when those removed by hand are let in again. */
  adjusted: { wanted: string; target: string; removed: string[]; until: number | null } | null
  /** People whom a person lets go, once, by the next intent: ids of their holds, digest of their list, and since when. */
  approval: { holds: string[]; people: string; at: number } | null
  /** An intent that had no effect: whom it let go, the guard isn't asked for again. Digests before and after it. */
  letGo: { from: string; to: string } | null
  /** Who left within the last quarter of an hour counts as leaving together. */
  leaving: { since: number; count: number } | null
  /** Okta groups that bear this name too, and don't get it. */
  doubles: string[]
  /** When the name is deleted if nobody wants it by then. */
  deleteAt: number | null
  /** Number of the owner's change that was last put, to tell which causes are new. */
  ownerChange: number
  /** Sort key of the change record of the last intent. */
  change: string | null
  /** Since when the name has not what it should have (epoch milliseconds); null where it has, or nobody has looked yet. */
  behindSince: number | null
}

/** Nothing was ever shown. */
export const NEVER_SHOWN: Shown = { at: 0, entries: 0 }

/** A name without a ledger row. */
export function noLedger(key: string): Ledger {
  return {
    key,
    version: 0,
    name: '',
    owner: null,
    status: 'none',
    ours: false,
    meant: null,
    formerly: null,
    before: null,
    meantAt: 0,
    acceptedAt: 0,
    unconfirmedPuts: 0,
    emptyFails: false,
    shown: NEVER_SHOWN,
    baseline: NEVER_SHOWN,
    doubt: null,
    unsureUntil: null,
    drift: null,
    suspects: null,
    refusal: null,
    holds: [],
    holdsToldAt: 0,
    adjusted: null,
    approval: null,
    letGo: null,
    leaving: null,
    doubles: [],
    deleteAt: null,
    ownerChange: 0,
    change: null,
    behindSince: null,
    ...NO_FAILURES,
  }
}

/** Whether `a` is newer than `b`: a later time, or another status at the same one (times may be whole seconds). */
export function isNewer(a: Shown, b: Shown): boolean {
  return a.at > b.at || (a.at === b.at && a.entries > b.entries)
}

/** The newer of two. */
export function newerOf(a: Shown, b: Shown): Shown {
  return isNewer(a, b) ? a : b
}

/** A doubtful name is put once more this long after the doubt began: an earlier put may still land. */
const DOUBT_PUTS = [15 * 60_000, 2 * 3_600_000, 24 * 3_600_000]

/** When a doubtful name is to be put once more; null where it isn't doubtful. */
export function doubtDueAt(doubt: Ledger['doubt']): number | null {
  return doubt === null ? null : doubt.since + DOUBT_PUTS[doubt.puts]!
}

/** The doubt after one more confirmed put: over, once a put a day later was made. */
export function afterDoubtPut(doubt: NonNullable<Ledger['doubt']>): Ledger['doubt'] {
  return doubt.puts + 1 < DOUBT_PUTS.length ? { since: doubt.since, puts: doubt.puts + 1 } : null
}
