/** What took longer than there was time for. */
export class TimeError extends Error {
  override name = 'TimeError'
}

/** The promise's value, or TimeError where it takes longer than `milliseconds`. */
export async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeError(`gave up after ${milliseconds} ms`)), Math.max(0, milliseconds))
  })
  // Once it is given up, nobody waits for how it ends.
  promise.catch(() => {})
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
