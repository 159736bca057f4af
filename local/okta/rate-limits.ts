/**
 * The buckets that requests are counted in, with requests per minute of a workforce org as okta.md has them; those of
 * `members`, `users` and the rest are not published there and are guesses.
 */
export const BUCKETS = {
  groups: 500,
  group: 1000,
  members: 500,
  users: 600,
  logs: 120,
  eventHooks: 100,
  token: 1200,
} as const

export type Bucket = keyof typeof BUCKETS

export interface RateLimitSettings {
  /** Whether requests beyond a limit are refused. The headers are sent in any case. */
  enforced: boolean
  /** Requests per minute by bucket, where other than usual. */
  perMinute: Partial<Record<Bucket, number>>
  /** Requests at once, 75 with Okta by default; 0 is no limit. */
  concurrent: number
}

/** What the headers X-Rate-Limit-Limit, -Remaining and -Reset say; the reset is in epoch seconds. */
export interface RateLimitState {
  limit: number
  remaining: number
  resetSeconds: number
  isExceeded: boolean
}

const MINUTE_MS = 60_000

/** Counts requests by bucket and minute of the clock. */
export class RateLimits {
  readonly #used = new Map<Bucket, { minute: number; count: number }>()

  /** Counts one request. `now` is epoch ms. */
  count(bucket: Bucket, settings: RateLimitSettings, now: number): RateLimitState {
    const minute = Math.floor(now / MINUTE_MS)
    const last = this.#used.get(bucket)
    const count = (last?.minute === minute ? last.count : 0) + 1
    this.#used.set(bucket, { minute, count })
    const limit = settings.perMinute[bucket] ?? BUCKETS[bucket]
    return {
      limit,
      remaining: Math.max(0, limit - count),
      resetSeconds: ((minute + 1) * MINUTE_MS) / 1000,
      isExceeded: settings.enforced && count > limit,
    }
  }
}
