/** Since when a row has failed so often in a row that it is tried ever less often (epoch milliseconds), and facts of its last error: name, status, code. */
export interface SetAside {
  since: number
  error: Record<string, unknown>
}

/** What every row has that is tried again after failures. */
export interface Tries {
  /** Failures in a row. */
  failures: number
  retryAt: number | null
  setAside: SetAside | null
}

/** A row that has succeeded, or that somebody tries by hand. */
export const NO_FAILURES: Tries = { failures: 0, retryAt: null, setAside: null }
