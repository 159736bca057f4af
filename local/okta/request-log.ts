/** One request that came in. */
interface RequestRecord {
  /** Epoch ms. */
  at: number
  method: string
  /** Path and query as sent. */
  target: string
  /** The path of the route, with its `{parameters}`; the plain path where there is no route. */
  pattern: string
  /** 0 until the answer is written, and for ever where none comes. */
  status: number
}

const KEPT = 10_000

/** What the org was asked, so that a test can say what something cost. */
export class RequestLog {
  /** The newest 10,000. */
  list: RequestRecord[] = []
  #counts = new Map<string, number>()

  add(record: RequestRecord): void {
    this.list.push(record)
    if (this.list.length > KEPT) this.list.shift()
    for (const key of [keyOf(), keyOf(record.method), keyOf(record.method, record.pattern)])
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /**
   * How many came since the last `reset`: all, those of a method, or those of a route, named as in Okta's OpenAPI
   * description: `count('GET', '/api/v1/groups/{groupId}/users')`. A regular expression is tested against path and query.
   */
  count(method?: string, pattern?: string | RegExp): number {
    if (!(pattern instanceof RegExp)) return this.#counts.get(keyOf(method, pattern)) ?? 0
    return this.list.filter((record) => record.method === method && pattern.test(record.target)).length
  }

  reset(): void {
    this.list = []
    this.#counts.clear()
  }
}

function keyOf(method = '', pattern = ''): string {
  return `${method} ${pattern}`
}
