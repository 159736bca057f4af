const FIRST = 60_000
const LONGEST = 3_600_000

/** How long to wait before trying again, in milliseconds: a minute after the first failure, then ever longer, up to an hour. */
export function backOff(failuresBefore: number): number {
  return Math.min(FIRST * 2 ** failuresBefore, LONGEST)
}

/**
 * A row after one more failure: counted, and with a time to try again. What fails before that time, since something else
 * rang, doesn't count: a burst in a short outage must not wait for an hour.
 */
export function withFailure<T extends { failures: number; retryAt: number | null }>(row: T, now: number): T {
  if (row.retryAt !== null && row.retryAt > now) return row
  return { ...row, failures: row.failures + 1, retryAt: now + backOff(row.failures) }
}
