import { connect } from 'node:http2'
import { systemClock } from '../../shared/sync/clock.ts'

const RealDate = Date
const realTimeout = globalThis.setTimeout
let shift = 0
let speed = 1
let since = RealDate.now()

/**
 * Puts every clock of this process ahead, the stand-ins' included; time goes on from there. Timers aren't touched, and the
 * database, which decides nothing by its clock, is a process of its own.
 */
export function passTime(milliseconds: number): void {
  shift += milliseconds
  replaceDate()
}

/**
 * Lets the time of this process run so many times faster from now on: its clocks, and its timers with them. What waits for ten
 * seconds waits for one; what the machine does takes ten times as long. Timers of `node:timers` are left as they are.
 * @param http2Url a server that speaks HTTP/2, by which the timeouts of such streams are found: they are Node's own
 */
export function runFaster(times: number, http2Url: string): void {
  shift = now() - RealDate.now()
  since = RealDate.now()
  speed = times
  replaceDate()
  const sooner = (run: () => void, ms = 0, ...given: []) => realTimeout(run, Math.max(0, ms / speed), ...given)
  globalThis.setTimeout = Object.assign(sooner, realTimeout)
  const session = connect(http2Url)
  const stream = session.request().on('error', () => {})
  const streams = Object.getPrototypeOf(Object.getPrototypeOf(stream))
  const { setTimeout: streamTimeout } = streams
  streams.setTimeout = function (ms: number, run?: () => void) {
    return streamTimeout.call(this, ms / speed, run)
  }
  session.destroy()
}

function now(): number {
  const real = RealDate.now()
  return real + shift + (real - since) * (speed - 1)
}

function replaceDate(): void {
  globalThis.Date = class extends RealDate {
    constructor(...given: []) {
      super(...((given.length > 0 ? given : [now()]) as []))
    }
    static override now(): number {
      return now()
    }
  } as DateConstructor
}

export const SECOND = 1_000
export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000

/** From now on who waits by the functions' clock waits for no time at all: the clocks go ahead instead. */
export function sleepByPassingTime(): void {
  systemClock.sleep = async (milliseconds) => passTime(Math.max(0, milliseconds))
}
