import { exists, type GroupStatus } from './confirm.ts'
import type { Ledger } from './ledger.ts'
import { nameKey } from './name-key.ts'

/**
 * What the user store has that isn't what was put.
 *
 * - `newer`: GetGroup shows something newer than it showed when the last put was confirmed: somebody else wrote.
 * - `gone`: the name isn't there, or is being deleted.
 * - `members`: people are in it who shouldn't be, or out who should be in, by what the service resolves for them.
 */
export type Finding = 'newer' | 'gone' | 'members'

/** Drift that was found and not yet put over. Times are epoch milliseconds of the writing function's clock. */
export interface Drift {
  found: Finding
  since: number
  /** So many puts for drift are made a day; a name beyond them waits for the next, on which it is asked again. */
  mayPut: boolean
  askedOn: string
}

const MINUTE = 60_000
/** Nothing says that SUCCEEDED counts for access at once, so whom the service resolves is believed this long after the put. */
const EFFECT_WITHIN = 15 * MINUTE
/**
 * Where puts of ours have overlapped, one of them may show its end this long after the last: index maintenance takes up to a
 * day, and one that came late was sent up to a day before.
 */
export const SURE_AFTER = 48 * 60 * MINUTE
/** Any later put, which an earlier one's end may have confirmed, shows its own within this. */
const QUIET_FOR = 6 * 60 * MINUTE
const SECOND = 1_000

/** Whether nothing more is done for the last put: it is confirmed, or can't be, and isn't put again against doubt. */
export function isAtRest({ ours, status, doubt }: Ledger): boolean {
  return ours && (status === 'confirmed' || status === 'unconfirmed') && doubt === null
}

/** Whether drift can be told: the last put is confirmed, no other of ours may still land, and none was found already. */
export function isJudged(ledger: Ledger): boolean {
  return isAtRest(ledger) && ledger.status === 'confirmed' && ledger.drift === null
}

/**
 * What GetGroup says about a name that is judged; null where it shows nothing but our own put. A later time counts and not
 * one more status at the same one, since nobody knows if the history holds the current status at once.
 */
export function findingOf({ shown }: Ledger, status: GroupStatus | null): Finding | null {
  if (!exists(status) || status.status === 'DELETING') return 'gone'
  // A whole second is one that the service may show with its fraction another time.
  const later = shown.at + (shown.at % SECOND === 0 ? SECOND : 1)
  return status.at >= later ? 'newer' : null
}

/**
 * What GetGroup says about a name by chance, as it is asked before a put; null where drift can't be told, or what is newer may
 * be the end of a put of our own.
 */
export function driftShown(ledger: Ledger, status: GroupStatus | null): Finding | null {
  return isJudged(ledger) && ledger.unsureUntil === null ? findingOf(ledger, status) : null
}

/** The ledger after a look that showed nothing newer: in time, no put of ours is left that could show anything. */
export function afterQuietLook(ledger: Ledger, now: number): Ledger {
  const { unsureUntil, meantAt } = ledger
  const isOver = unsureUntil !== null && unsureUntil <= now && meantAt + QUIET_FOR <= now
  return isOver ? { ...ledger, unsureUntil: null } : ledger
}

/** When people who weren't in or out as they should be soon after a put are asked about again; null for never. */
export function suspectsDueAt({ status, suspects, meantAt }: Ledger): number | null {
  return suspects === null || status !== 'confirmed' ? null : meantAt + EFFECT_WITHIN
}

/** Whether the last put was long enough ago for the service to resolve people by it. */
export function hasEffect({ meantAt }: Ledger, now: number): boolean {
  return meantAt + EFFECT_WITHIN <= now
}

/** Whether a person is in a name by the groups that the service resolves; null where another spelling of it leaves that open. */
export function isIn(name: string, groups: readonly string[]): boolean | null {
  if (groups.includes(name)) return true
  return groups.some((group) => nameKey(group) === nameKey(name)) ? null : false
}
