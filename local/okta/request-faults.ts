/** What a request gets instead of its answer, or what is done to its answer. */
export type Misanswer =
  /** 429 E0000047 with the headers of a used-up bucket; `resetInSeconds` is 1 unless told. */
  | { answer: 429; resetInSeconds?: number }
  | { answer: 500 | 503 }
  /** The connection ends in the middle of the body. What was asked for has been done. */
  | { answer: 'cut' }
  /** The body stops in the middle, and never ends; the connection stays open. What was asked for has been done. */
  | { answer: 'endless' }
  /** Nothing ever comes; the connection stays open. What was asked for has not been done. */
  | { answer: 'silence' }
  /** The answer comes so late, and shows the state of when it was asked for. */
  | { answer: 'late'; ms: number }
  /** A list ends here with status 200: no next link; of the page only the first `keep`, all unless told. */
  | { answer: 'truncated'; keep?: number }
  /** An empty page with a next link that leads to the page that was asked for. */
  | { answer: 'empty-page' }
  /** The page, with a next link that leads to the same page once more. */
  | { answer: 'repeated-page' }
  /** The page, with a next link that leads to another org. */
  | { answer: 'foreign-link' }
  /** A cursor (`after`) is refused, as one that is too old: with 400 unless told. Waits for a request that has one. */
  | { answer: 'cursor-refused'; status?: 400 | 404 | 410 }

/** Which requests, and how many of them. Those that only make sense for lists wait for a list. */
export type RequestFault = Misanswer & {
  /** How many requests; 1 unless told. */
  times?: number
  /** How many that match pass unharmed before. */
  skip?: number
  method?: string
  /** Tested against path and query. A string is taken as a regular expression, so that a fault can be JSON. */
  path?: RegExp | string
}

const OF_LISTS: readonly Misanswer['answer'][] = ['truncated', 'empty-page', 'repeated-page', 'foreign-link']

/** The faults that wait for their requests, in the order they were set. */
export class RequestFaults {
  #waiting: { fault: RequestFault; skip: number; times: number }[] = []

  add(fault: RequestFault): void {
    this.#waiting.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 })
  }

  clear(): void {
    this.#waiting = []
  }

  /** How many answers are still to be spoiled. */
  get left(): number {
    return this.#waiting.reduce((sum, { times }) => sum + times, 0)
  }

  /** Those that wait, `times` and `skip` being what is left of them. */
  get waiting(): RequestFault[] {
    return this.#waiting.map(({ fault, skip, times }) => ({ ...fault, skip, times }))
  }

  /** The fault for this request, if one waits for it; counts down. Asked before handling, and for a list once more after. */
  take(method: string, target: string, stage: 'request' | 'list'): RequestFault | undefined {
    for (const waiting of this.#waiting) {
      const { fault } = waiting
      const isStage = OF_LISTS.includes(fault.answer) === (stage === 'list')
      if (!isStage || !matches(fault, method, target)) continue
      if (waiting.skip > 0) {
        waiting.skip--
        continue
      }
      waiting.times--
      if (waiting.times <= 0) this.#waiting = this.#waiting.filter((other) => other !== waiting)
      return fault
    }
    return undefined
  }
}

function matches(fault: RequestFault, method: string, target: string): boolean {
  if (fault.answer === 'cursor-refused' && !/[?&]after=/.test(target)) return false
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false
  return fault.path === undefined || new RegExp(fault.path).test(target)
}
