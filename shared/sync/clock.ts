/** The function's clock, epoch milliseconds. It says how long to wait and when to try again; it is compared with nobody else's. */
export interface Clock {
  now(): number
  /** Waits that many milliseconds; not at all where it is 0 or less. */
  sleep(milliseconds: number): Promise<void>
  /** Calls `then` after that many milliseconds, unless the answer is called before. */
  after(milliseconds: number, then: () => void): () => void
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) =>
    milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : Promise.resolve(),
  after: (milliseconds, then) => {
    const timer = setTimeout(then, Math.max(0, milliseconds))
    return () => clearTimeout(timer)
  },
}
