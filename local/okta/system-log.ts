import type { Ids } from './ids.ts'
import type { By, Happening, LogEvent } from './log-event.ts'
import { logEvent } from './log-event.ts'

/** Days that Okta keeps its System Log. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000

/** An event and its place in the log, from 0: the order in which it was written down. */
export interface Entry {
  place: number
  /** Epoch ms. */
  at: number
  event: LogEvent
}

/** What happened, in the order of writing. Listeners get each event once, when it is written. */
export class SystemLog {
  readonly entries: Entry[] = []
  readonly #listeners: ((event: LogEvent) => void)[] = []
  readonly #ids: Ids
  readonly #now: () => number
  #quiet = false

  constructor(ids: Ids, now: () => number) {
    this.#ids = ids
    this.#now = now
  }

  write(happening: Happening, by: By): void {
    if (this.#quiet) return
    const at = this.#now()
    const event = logEvent(happening, by, this.#ids.uuid(), at)
    this.entries.push({ place: this.entries.length, at, event })
    for (const listener of this.#listeners) listener(event)
  }

  onWrite(listener: (event: LogEvent) => void): void {
    this.#listeners.push(listener)
  }

  /** The events that a reader may see at a time, from a place on: not older than 90 days, not newer than the time. */
  seen(at: number, from = 0): Entry[] {
    return this.entries.slice(from).filter((entry) => entry.at <= at && entry.at >= at - KEPT_MS)
  }

  /** What `work` does isn't written down: for filling an org before a test begins. */
  quietly<T>(work: () => T): T {
    const before = this.#quiet
    this.#quiet = true
    try {
      return work()
    } finally {
      this.#quiet = before
    }
  }
}
