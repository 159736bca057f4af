import { invalid, OktaError } from './okta-error.ts'

/** A page of a list, before it is written down. `here` and `next` are places in the list; no `next` is the end. */
export interface Page {
  items: readonly unknown[]
  here: string
  next: string | undefined
}

/** The place before the first thing. */
export const START = ''

/**
 * The page after a place, of things sorted by key in code unit order. Places are keys, not counts, so that a page isn't
 * shifted by what comes and goes before it.
 */
export function pageAfter<T>(sorted: readonly T[], keyOf: (thing: T) => string, here: string, limit: number) {
  const from = here === START ? 0 : firstAfter(sorted, keyOf, here)
  const items = sorted.slice(from, from + limit)
  const last = items.at(-1)
  const hasMore = from + limit < sorted.length
  return { items, here, next: hasMore && last !== undefined ? keyOf(last) : undefined }
}

function firstAfter<T>(sorted: readonly T[], keyOf: (thing: T) => string, key: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (keyOf(sorted[middle]!) > key) high = middle
    else low = middle + 1
  }
  return low
}

/** An opaque `after`. The turn makes two cursors to one place differ, as a service's cursors may. */
export function cursorOf(place: string, turn = 0): string {
  return Buffer.from(JSON.stringify([place, turn])).toString('base64url')
}

/** @throws OktaError 400 E0000029 for a cursor that isn't one of ours */
export function placeOf(after: string | null): string {
  if (after === null) return START
  try {
    const [place] = JSON.parse(Buffer.from(after, 'base64url').toString())
    if (typeof place === 'string') return place
  } catch {
    // Falls through to the refusal.
  }
  throw new OktaError(400, 'E0000029', 'Invalid paging request. Ensure the pagination cursor has not been altered')
}

/** The `limit` of a request. @throws OktaError 400 E0000001 where it isn't a whole number from `least` to `most` */
export function limitOf(query: URLSearchParams, fallback: number, most: number, least = 1): number {
  const given = query.get('limit')
  if (given === null) return fallback
  const limit = Number(given)
  if (!/^\d+$/.test(given) || limit < least || limit > most)
    throw invalid('limit', `limit: must be a whole number between ${least} and ${most}`)
  return limit
}

/** The values of the Link headers of a page: `self`, and `next` where there is more. */
export function linkHeaders(url: URL, next: string | undefined): string[] {
  const links = [`<${url.href}>; rel="self"`]
  if (next === undefined) return links
  const following = new URL(url)
  following.searchParams.set('after', next)
  return [...links, `<${following.href}>; rel="next"`]
}
