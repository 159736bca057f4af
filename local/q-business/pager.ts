import { invalid } from './service-error.ts'

/**
 * Pages through sorted lists. What a token stands for is kept here, since a key can be longer than a token may be.
 *
 * A page begins after the last key of the one before, so what is added or removed in between shifts nothing.
 */
export class Pager {
  readonly #afterOf = new Map<string, string>()

  /**
   * One page of `items`, sorted by `keyOf`, and the token of the next page if there is one.
   *
   * @throws ServiceError ValidationException if the token is not one that was given out
   */
  page<T>(items: T[], keyOf: (item: T) => string, size: number, token?: string): { shown: T[]; nextToken?: string } {
    const after = token === undefined ? undefined : this.#afterOf.get(token)
    if (token !== undefined && after === undefined) {
      throw invalid([{ name: 'nextToken', message: 'Member is not a token that was given out' }])
    }
    const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after)
    const shown = rest.slice(0, size)
    const last = shown.at(-1)
    if (rest.length <= size || last === undefined) return { shown }
    const nextToken = Buffer.from(`page ${this.#afterOf.size + 1}`).toString('base64url')
    this.#afterOf.set(nextToken, keyOf(last))
    return { shown, nextToken }
  }
}
