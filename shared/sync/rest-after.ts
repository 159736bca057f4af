/** A group isn't read more often than this, in milliseconds, whatever a read of it costs. */
const LEAST = 1_000
/**
 * A group rests ten times as long as its last read took, so that events about one group spend at most a tenth of the time,
 * and with it of Okta's rate limit, on it: the time grows with the pages, with Okta's slowness, and with waiting out a limit.
 */
const MULTIPLE = 10
/** Somebody who left waits for it, and a look a minute after the newest hint is due anyway. */
const MOST = 60_000

/** How long from its begin a read of a group is the only one that events ask for. @param took what it took, in milliseconds */
export function restAfter(took: number): number {
  return Math.min(Math.max(MULTIPLE * took, LEAST), MOST)
}
