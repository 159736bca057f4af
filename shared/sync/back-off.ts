import type { Tries } from '../membership/set-aside.ts'
import { errorFacts } from './error-facts.ts'

const FIRST = 60_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A row is set aside with this failure in a row: four hours after the first, when the tries are an hour apart. */
export const SET_ASIDE_AFTER = 10

/** How long to wait before trying again, in milliseconds: a minute after the first failure, then ever longer, up to an hour. */
export function backOff(failuresBefore: number): number {
  return Math.min(FIRST * 2 ** failuresBefore, HOUR)
}

/**
 * A row after one more failure: counted, and with a time to try again. One that keeps failing is set aside, and tried after
 * two hours, four, and so on, up to a day. What fails before that time, since something else rang, doesn't count: a burst in
 * a short outage must not wait for an hour, nor does an event bring the next try closer.
 */
export function withFailure<Row extends Tries>(row: Row, now: number, error: unknown): Row {
  if (row.retryAt !== null && row.retryAt > now) return row
  const failures = row.failures + 1
  if (failures < SET_ASIDE_AFTER) return { ...row, failures, retryAt: now + backOff(row.failures) }
  const wait = Math.min(HOUR * 2 ** (failures - SET_ASIDE_AFTER + 1), DAY)
  const setAside = { since: row.setAside?.since ?? now, error: errorFacts(error) }
  return { ...row, failures, retryAt: now + wait, setAside }
}
