import type { DeliveryFaults } from './delivery-faults.ts'
import { noDeliveryFaults } from './delivery-faults.ts'
import type { LogEvent } from './log-event.ts'
import type { Group } from './org-state.ts'
import type { RateLimitSettings } from './rate-limits.ts'
import type { RequestFault } from './request-faults.ts'
import { RequestFaults } from './request-faults.ts'

/** How far reads lie behind, in ms, by the store that answers them. */
interface Lag {
  /** Groups by id and in lists without `search`. */
  groups: number
  /** Members of a group, with their profiles and statuses, and the groups of a user. */
  members: number
  /** `usersCount` of `expand=stats`. */
  counts: number
  /** Groups and users by `search`. */
  search: number
  users: number
  logs: number
}

function noLag(): Lag {
  return { groups: 0, members: 0, counts: 0, search: 0, users: 0, logs: 0 }
}

/**
 * How the stand-in is told to misbehave, and to take one side where nobody knows what Okta does. Everything can be set at any
 * time and holds from the next request or event on; from the start nothing is wrong.
 */
export class Faults {
  deliveries: DeliveryFaults = noDeliveryFaults()
  lag: Lag = noLag()
  /** Off unless told; see rate-limits.ts. */
  rateLimits: RateLimitSettings = { enforced: false, perMinute: {}, concurrent: 0 }
  /** Whether `usersCount` counts DEPROVISIONED users: unknown of Okta. */
  countsDeprovisioned = true
  /** The groups that the caller's admin role sees: ids, or a function. Others are missing in lists; null is all. */
  sees: readonly string[] | ((group: Group) => boolean) | null = null
  /** What a group that isn't seen answers by id: unknown of Okta. */
  unseenById: 'not-found' | 'forbidden' = 'not-found'
  /** Whether events are sent and listed with their nulls, or without. */
  nulls: 'present' | 'absent' = 'present'
  /** The event types whose `target` is null, or all of them. */
  nullTargets: readonly string[] | 'all' = []
  /** So far, in ms, Okta's clock is ahead of the functions'; behind them where it is negative. */
  clockAheadMs = 0
  readonly requests = new RequestFaults()

  /** The next request that fits is answered wrongly. */
  next(fault: RequestFault): void {
    this.requests.add(fault)
  }

  /** Everything is right again. */
  reset(): void {
    const { requests, ...start } = new Faults()
    Object.assign(this, start)
    this.requests.clear()
  }

  isSeen(group: Group): boolean {
    const { sees } = this
    if (sees === null) return true
    return typeof sees === 'function' ? sees(group) : sees.includes(group.id)
  }

  /** The event as it is sent and listed. */
  shown(event: LogEvent): unknown {
    const isNull = this.nullTargets === 'all' || this.nullTargets.includes(event.eventType)
    const told = isNull ? { ...event, target: null } : event
    return this.nulls === 'present' ? told : withoutNulls(told)
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  )
}
