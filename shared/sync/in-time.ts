import type { Clock } from './clock.ts'

/** What took longer than there was time for. */
export class TimeError extends Error {
  override name = 'TimeError'
}

/** The promise's value, or TimeError where it takes longer than `milliseconds` by the clock. */
export async function inTime<T>(clock: Pick<Clock, 'after'>, promise: Promise<T>, milliseconds: number): Promise<T> {
  let stop = () => {}
  const late = new Promise<never>((_, reject) => {
    stop = clock.after(milliseconds, () => reject(new TimeError(`gave up after ${milliseconds} ms`)))
  })
  // Once it is given up, nobody waits for how it ends.
  promise.catch(() => {})
  try {
    return await Promise.race([promise, late])
  } finally {
    stop()
  }
}
