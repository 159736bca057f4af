import { systemClock } from '../../shared/sync/clock.ts'

const RealDate = Date
let shift = 0

/**
 * Puts every clock of this process ahead, the stand-ins' included; time goes on from there. Timers aren't touched, and the
 * database, which decides nothing by its clock, is a process of its own.
 */
export function passTime(milliseconds: number): void {
  shift += milliseconds
  globalThis.Date = class extends RealDate {
    constructor(...given: []) {
      super(...((given.length > 0 ? given : [RealDate.now() + shift]) as []))
    }
    static override now(): number {
      return RealDate.now() + shift
    }
  } as DateConstructor
}

export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000

/** From now on who waits by the functions' clock waits for no time at all: the clocks go ahead instead. */
export function sleepByPassingTime(): void {
  systemClock.sleep = async (milliseconds) => passTime(Math.max(0, milliseconds))
}
