import type { Telemetry } from './ports.ts'

/** A clock that is off by more than this, in milliseconds, is said: tokens and their proofs hold for minutes only. */
const MOST_OFF = 60_000

/** Compares the function's clock with the Date headers of Okta's answers. */
export class ClockWatch {
  #ahead = 0

  /**
   * Hears of an answer. Its Date header, in whole seconds, was written between sending and receiving, so that a slow answer
   * proves less. All epoch milliseconds.
   */
  readonly heard = (date: number, sentAt: number, receivedAt: number): void => {
    const ahead = Math.max(0, sentAt - (date + 1_000)) - Math.max(0, date - receivedAt)
    if (Math.abs(ahead) > Math.abs(this.#ahead)) this.#ahead = ahead
  }

  /** Says how far the clock was off in the answers since it was asked the last time, where that is too far. */
  report(telemetry: Telemetry): void {
    const ahead = this.#ahead
    this.#ahead = 0
    if (Math.abs(ahead) <= MOST_OFF) return
    telemetry.count('ClockOff')
    telemetry.error("the function's clock and Okta's are too far apart: Okta refuses tokens and proofs for that", {
      seconds: Math.round(Math.abs(ahead) / 1_000),
      clock: ahead > 0 ? 'ahead of Okta' : 'behind Okta',
      remedy:
        'set the clock where the function runs; if AWS runs it, see whether a proxy before Okta answers with old Date headers, and ask AWS Support',
    })
  }
}
