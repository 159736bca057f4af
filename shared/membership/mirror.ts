import type { Breach } from './guard.ts'
import { nameKey } from './name-key.ts'
import { NO_FAILURES, type Tries } from './set-aside.ts'

/** What led to a look, for the change records: an event, a run, or somebody by hand. No addresses. */
export interface Cause {
  /** The event's uuid, the run's id, or the id of the call by hand. */
  id: string
  /** Okta's event type, `reconcile`, or `by hand`. */
  type: string
  /** Okta ids of who did it and whom it was about, where known. */
  actor?: string
  user?: string
  /** When Okta published the event, as it wrote it. */
  published?: string
  /** When the hint with it was queued first, epoch milliseconds by the queue's clock. */
  queuedAt?: number
}

/** What log lines name causes by: uuids of events, ids of runs and of calls by hand, each once. */
export function causeIds(causes: readonly Cause[]): string[] {
  return [...new Set(causes.map(({ id }) => id))]
}

/** A name that a group bore before, kept in step until `until` (epoch milliseconds, by Okta's clock). */
export interface FormerName {
  name: string
  until: number
}

/**
 * What a group was in Okta when it was last read whole. Times are epoch milliseconds; `readAt`, `missingSince` and
 * `until` are Okta's clock (its Date header), `newestHint` is the queue's, and the two are only ever set side by side.
 *
 * - `unread`: heard of, never read whole.
 * - `present`: in Okta and in scope.
 * - `outOfScope`: in Okta, not in scope: bears no name.
 * - `missing`: Okta answered 404 once; all else stands as it was.
 * - `gone`: Okta answered 404 twice, a minute or more apart: bears no name.
 */
export interface Mirror extends Tries {
  id: string
  version: number
  state: 'unread' | 'present' | 'outOfScope' | 'missing' | 'gone'
  type: string
  created: string
  lastUpdated: string
  lastMembershipUpdated: string
  /** The user store name it bears, null where it bears none. */
  name: string | null
  formerNames: FormerName[]
  /** Digest of the member list that every name it bears should have. */
  digest: string
  count: number
  withoutAttribute: number
  readAt: number
  newestHint: number
  /** The reconcile that last read it, and when that began. */
  run: { id: string; startedAt: number } | null
  /** Why those who leave when the group is gone are held: the guard said so when it was missing; null where it didn't. */
  heldIfGone: Breach | null
  /** Another look because Okta's count said more members than were read. */
  lookAgainAt: number | null
  missingSince: number | null
  /** Keys of the names still to ring, and since when (the writer's clock). */
  toRing: string[]
  toRingSince: number
  /** How often what is wanted has changed; `causes` carry the number of the change that they led to. */
  changes: number
  causes: (Cause & { change: number })[]
  /** Heard of, and not yet shown by a read. */
  heard: Cause[]
  /** After reads that cost much the group rests: events don't have it read before then (the clock of who read it). */
  restUntil: number
  /** Whether an event has asked for a read meanwhile: the group is read then. */
  asked: boolean
}

/** A group is settled when its last whole read began this long after its newest hint: Okta's reads lag its writes. */
export const SETTLE = 60_000
/** A group is gone when it is missing for this long. */
export const GONE_AFTER = 60_000
/** Rings that were written down but not queued are due after this long. */
const RING_BY = 30_000

/** A group that was heard of and not read yet. */
export function unread(id: string): Mirror {
  return {
    id,
    version: 0,
    state: 'unread',
    type: '',
    created: '',
    lastUpdated: '',
    lastMembershipUpdated: '',
    name: null,
    formerNames: [],
    digest: '',
    count: 0,
    withoutAttribute: 0,
    readAt: 0,
    newestHint: 0,
    run: null,
    heldIfGone: null,
    lookAgainAt: null,
    missingSince: null,
    toRing: [],
    toRingSince: 0,
    changes: 0,
    causes: [],
    heard: [],
    restUntil: 0,
    asked: false,
    ...NO_FAILURES,
  }
}

/** Whether the last whole read began long enough after the newest hint. */
export function isSettled(mirror: Mirror): boolean {
  return mirror.newestHint === 0 || mirror.readAt >= mirror.newestHint + SETTLE
}

/** When Okta published the newest of these causes, epoch milliseconds by its clock; Infinity where one of them doesn't say. */
export function newestOf(causes: readonly Cause[]): number {
  return Math.max(...causes.map(({ published }) => Date.parse(published ?? '') || Number.POSITIVE_INFINITY))
}

/**
 * Whether a whole read began long enough after what was published then, or is to: a hint that was sent no earlier books it.
 * @param published epoch milliseconds, by Okta's clock
 */
export function isFollowedUp({ readAt, newestHint }: Mirror, published: number): boolean {
  return readAt >= published + SETTLE || newestHint >= published
}

/** Keys of every name that the group bears, now or still. */
export function namesBorne(mirror: Mirror): string[] {
  if (mirror.name === null) return []
  return [...new Set([mirror.name, ...mirror.formerNames.map(({ name }) => name)].map(nameKey))]
}

/** When the group is to be looked at again by what its row says, in epoch milliseconds; null for never. */
export function mirrorDueAt(mirror: Mirror): number | null {
  const reasons = [
    isSettled(mirror) ? null : mirror.newestHint + SETTLE,
    mirror.lookAgainAt,
    mirror.state === 'missing' ? mirror.missingSince! + GONE_AFTER : null,
    ...mirror.formerNames.map(({ until }) => until),
  ].filter((at) => at !== null)
  // While reads fail, the next try is the only look worth having.
  const look = mirror.failures > 0 ? mirror.retryAt! : Math.min(...reasons)
  const asked = mirror.asked ? mirror.restUntil : Number.POSITIVE_INFINITY
  const ring = mirror.toRing.length > 0 ? mirror.toRingSince + RING_BY : Number.POSITIVE_INFINITY
  const due = Math.min(look, asked, ring)
  return Number.isFinite(due) ? due : null
}
