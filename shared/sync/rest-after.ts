/**
 * A group rests ten times as long as a read of it took, so that events about one group spend at most a tenth of the time, and
 * with it of Okta's rate limit, on it: the time grows with the pages, with Okta's slowness, and with waiting out a limit.
 */
const MULTIPLE = 10
/** So much rest a group has in advance, in milliseconds, so that one change and another soon after arrive at once in large groups, too. */
const CREDIT = 30_000
/** Who left waits for it, and a look a minute after the newest hint is due anyway. */
const MOST = 60_000

/**
 * Until when a group rests after a read, epoch milliseconds.
 * @param restUntil until when it was to rest before
 * @param beganAt when the read began
 * @param now when it ended, by the same clock
 */
export function restAfter(restUntil: number, beganAt: number, now: number): number {
  return Math.min(Math.max(restUntil, beganAt - CREDIT) + MULTIPLE * (now - beganAt), now + MOST)
}
