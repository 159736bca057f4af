import { delayOf, inOrder, isDropped } from './delivery-faults.ts'
import type { EventHook } from './event-hooks.ts'
import { hookTarget } from './event-hooks.ts'
import type { Faults } from './faults.ts'
import type { LogEvent } from './log-event.ts'
import type { Org } from './org.ts'
import type { Reply } from './post.ts'
import { post } from './post.ts'

/** How long things take, in ms. */
export interface DeliveryTiming {
  /** Events of so long may share a delivery. */
  windowMs: number
  /** A receiver has so long to answer; 3,000 with Okta. */
  timeoutMs: number
  /** From a timeout or a 5xx to the one retry. */
  retryMs: number
}

interface DeliveryOptions {
  org: Org
  faults: Faults
  /** Of the org, for `source`. */
  url: string
  random: () => number
  timing: DeliveryTiming
}

/** A delivery that was made: its id, what it told, and what each attempt got. */
interface Delivery {
  eventId: string
  hookId: string
  uuids: string[]
  replies: (number | 'timeout' | 'connection')[]
}

/**
 * Sends events to the hooks that subscribe to them, as Okta does: soon, several at once, on the receiver's time of three
 * seconds, with one retry after a timeout or a 5xx, none after a 4xx, and no later one.
 */
export class Deliveries {
  /** Those that are over, in the order of their ends. */
  readonly made: Delivery[] = []
  readonly #options: DeliveryOptions
  readonly #closing = new AbortController()
  #window: { hook: EventHook; event: LogEvent }[] = []
  #pending = 0
  #waiting: (() => void)[] = []

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** An event has been written: it goes out with the next window. */
  note(event: LogEvent): void {
    const { org, faults, timing } = this.#options
    for (const hook of org.hooks.subscribed(event.eventType)) {
      if (isDropped(faults.deliveries, event)) continue
      if (this.#window.length === 0) this.#run(timing.windowMs, () => this.#flush())
      this.#window.push({ hook, event })
    }
  }

  /** When no delivery is under way or waiting. */
  settled(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Sends no more, and gives up what is under way. */
  close(): void {
    this.#closing.abort()
  }

  async #flush(): Promise<void> {
    const { faults, random } = this.#options
    const noted = inOrder(faults.deliveries, this.#window, random)
    this.#window = []
    const byHook = Map.groupBy(noted, ({ hook }) => hook.id)
    for (const group of byHook.values()) {
      const events = group.map(({ event }) => event)
      const batches = faults.deliveries.split ? events.map((event) => [event]) : [events]
      for (const batch of batches)
        for (let copy = 0; copy <= faults.deliveries.duplicate; copy++)
          this.#run(delayOf(faults.deliveries, batch, random), () => this.#deliver(group[0]!.hook, batch))
    }
  }

  async #deliver(hook: EventHook, events: readonly LogEvent[]): Promise<void> {
    const { org, timing } = this.#options
    const eventId = org.state.ids.uuid()
    const body = JSON.stringify(this.#envelope(hook, events, eventId))
    const made: Delivery = { eventId, hookId: hook.id, uuids: events.map(({ uuid }) => uuid), replies: [] }
    let reply = await this.#send(hook, body)
    made.replies.push(outcomeOf(reply))
    if (mayRetry(reply)) {
      await this.#sleep(timing.retryMs)
      reply = await this.#send(hook, body)
      made.replies.push(outcomeOf(reply))
    }
    if (this.#closing.signal.aborted) return
    this.made.push(made)
    const last = outcomeOf(reply)
    if (last === 200 || last === 204) return
    const outcome = { result: 'FAILURE', reason: `Event hook delivery failed: ${last}` }
    const debugData = { eventHookId: hook.id, eventId }
    org.log.write({ eventType: 'event_hook.delivery', target: [hookTarget(hook)], outcome, debugData }, org.by())
  }

  #send(hook: EventHook, body: string): Promise<Reply> {
    return post(hook.channel.uri, {
      method: 'POST',
      headers: { ...channelHeaders(hook), 'content-type': 'application/json', accept: 'application/json' },
      body,
      timeoutMs: this.#options.timing.timeoutMs,
      signal: this.#closing.signal,
    })
  }

  #envelope(hook: EventHook, events: readonly LogEvent[], eventId: string) {
    const { url, faults, org } = this.#options
    return {
      eventType: 'com.okta.event_hook',
      eventTypeVersion: '1.0',
      cloudEventsVersion: '0.1',
      source: `${url}/api/v1/eventHooks/${hook.id}`,
      eventId,
      data: { events: events.map((event) => faults.shown(event)) },
      eventTime: new Date(org.state.now()).toISOString(),
      contentType: 'application/json',
    }
  }

  async #run(ms: number, work: () => Promise<void>): Promise<void> {
    this.#pending++
    try {
      await this.#sleep(ms)
      if (!this.#closing.signal.aborted) await work()
    } finally {
      this.#pending--
      this.#tellSettled()
    }
  }

  #tellSettled(): void {
    if (this.#pending > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#closing
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms)
      function done() {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done)
    })
  }
}

/** The headers that authenticate Okta to a receiver, and the custom ones. */
export function channelHeaders(hook: EventHook): Record<string, string> {
  const { headers, authScheme } = hook.channel
  const custom = Object.fromEntries(headers.map(({ key, value }) => [key, value]))
  return authScheme ? { ...custom, [authScheme.key]: authScheme.value } : custom
}

function outcomeOf(reply: Reply): number | 'timeout' | 'connection' {
  return 'failure' in reply ? reply.failure : reply.status
}

// A connection that fails is taken for an answer that never comes.
function mayRetry(reply: Reply): boolean {
  return 'failure' in reply || reply.status >= 500
}
