import type { Switches } from './switches.ts'

/** A member of a list: a person's id or a group's name. */
export interface Member {
  id: string
  type: 'INDEX' | 'DATASOURCE'
}

/** A whole member list, as it was put. */
export interface MemberList {
  users: Member[]
  groups: Member[]
}

/** Why a put came to nothing; the codes are those of the model's ErrorCode. */
export interface ErrorDetail {
  errorCode: 'InternalError' | 'InvalidRequest' | 'ResourceInactive' | 'ResourceNotFound'
  errorMessage: string
}

/** What was asked for: a list to be put, or, without one, the group's end. */
export interface Change {
  list?: MemberList
  /** When it reaches the service, in epoch milliseconds; it may be later than the call. */
  arrivesAt: number
  /** It ends as FAILED with this. */
  failure?: ErrorDetail
}

/** A status that the group came to, `at` in epoch milliseconds; `since` is when its change arrived. */
export interface StatusEvent {
  status: 'PROCESSING' | 'SUCCEEDED' | 'FAILED' | 'DELETING' | 'DELETED'
  at: number
  since: number
  errorDetail?: ErrorDetail
}

interface Flight {
  change: Change
  landsAt: number
  order: number
}

/**
 * One group as it changes with time. Nothing happens by itself: `advance` brings it up to the time it is told.
 *
 * A change arrives (PROCESSING or DELETING), is in flight, and lands (SUCCEEDED, FAILED or DELETED); only then its list
 * counts. Each change tells its own statuses, so of two in flight the first to land shows SUCCEEDED for both.
 */
export class GroupRecord {
  readonly name: string
  readonly dataSourceId: string | undefined
  /** The list that counts now. */
  list: MemberList | undefined
  /** Every status there was, oldest first. */
  readonly events: StatusEvent[] = []
  /** When the group last came to its end, in epoch milliseconds. */
  deletedAt: number | undefined
  readonly #switches: Switches
  #arriving: Change[] = []
  #flights: Flight[] = []
  #arrived = 0

  constructor(name: string, dataSourceId: string | undefined, switches: Switches) {
    this.name = name
    this.dataSourceId = dataSourceId
    this.#switches = switches
  }

  /** Whether anybody may see it: put, and not deleted since. */
  get exists(): boolean {
    return this.events.length > 0 && this.events.at(-1)?.status !== 'DELETED'
  }

  get inFlight(): boolean {
    return this.#flights.length > 0
  }

  submit(change: Change, now: number): void {
    this.#arriving.push(change)
    this.#arriving.sort((a, b) => a.arrivesAt - b.arrivesAt)
    this.advance(now)
  }

  /** Sets a list at once, as if it had been put long enough ago. */
  settle(list: MemberList, now: number): void {
    this.list = list
    this.events.push({ status: 'SUCCEEDED', at: now, since: Number.NEGATIVE_INFINITY })
  }

  advance(now: number): void {
    for (;;) {
      const arrival = this.#arriving[0]
      const landing = this.#flights[0]
      const first = Math.min(
        arrival?.arrivesAt ?? Number.POSITIVE_INFINITY,
        landing?.landsAt ?? Number.POSITIVE_INFINITY,
      )
      if (first > now || first === Number.POSITIVE_INFINITY) return
      if (landing?.landsAt === first) this.#land(landing)
      else if (arrival) this.#arrive(arrival)
    }
  }

  #arrive(change: Change): void {
    this.#arriving.shift()
    const { overlap, overlapLagMs, processingMs } = this.#switches
    const flight: Flight = { change, landsAt: change.arrivesAt + processingMs, order: ++this.#arrived }
    if (overlap === 'reversed') {
      flight.order = -flight.order
      for (const earlier of this.#flights) {
        earlier.landsAt = Math.max(earlier.landsAt, flight.landsAt + overlapLagMs)
      }
    } else {
      flight.landsAt = Math.max(flight.landsAt, ...this.#flights.map(({ landsAt }) => landsAt))
    }
    this.#flights.push(flight)
    this.#flights.sort((a, b) => a.landsAt - b.landsAt || a.order - b.order)
    const at = change.arrivesAt
    this.events.push({ status: change.list ? 'PROCESSING' : 'DELETING', at, since: at })
  }

  #land({ change, landsAt: at }: Flight): void {
    this.#flights.shift()
    const since = change.arrivesAt
    if (change.failure) {
      this.events.push({ status: 'FAILED', at, since, errorDetail: change.failure })
    } else if (change.list) {
      this.list = change.list
      this.events.push({ status: 'SUCCEEDED', at, since })
    } else {
      this.list = undefined
      this.deletedAt = at
      this.events.push({ status: 'DELETED', at, since })
    }
  }
}
