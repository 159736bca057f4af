import type { Attributes } from './filter.ts'
import { parseFilter, text } from './filter.ts'
import { invalid } from './okta-error.ts'
import { limitOf, placeOf, START } from './paging.ts'
import type { Answer, Exchange, Route } from './route.ts'
import type { Entry } from './system-log.ts'

const WEEK_MS = 7 * 24 * 60 * 60 * 1000

/** The System Log: `/api/v1/logs`. */
export const logRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/logs', scope: 'okta.logs.read', bucket: 'logs', answer: listLogs },
]

const ATTRIBUTES: Attributes<Entry> = {
  eventType: text(({ event }) => event.eventType),
  uuid: text(({ event }) => event.uuid),
  'target.id': text(({ event }) => (event.target ?? []).map(({ id }) => id)),
}

/**
 * Without `until`, and ascending, this is Okta's polling form: there is always a next link, also after an empty page, and
 * it leads to what is written later. `since` is then the time of writing, not of publication. Otherwise there is a next link
 * only while there is more.
 */
function listLogs({ org, faults, query, now }: Exchange): Answer {
  if (query.has('q')) throw invalid('q', 'q: not modelled by this stand-in')
  const limit = limitOf(query, 100, 1000, 0)
  const isDescending = orderOf(query) === 'DESCENDING'
  const isPolling = !query.has('until') && !isDescending
  const until = timeOf(query, 'until') ?? now
  const since = timeOf(query, 'since') ?? until - WEEK_MS
  const filter = query.get('filter')
  const test = filter === null ? () => true : parseFilter(filter, ATTRIBUTES, 'filter')

  const here = placeOf(query.get('after'))
  const seen = org.log.seen(now - faults.lag.logs)
  // A poll asks by when events were written down, which `lag` puts off; a bounded list by when they were published.
  const inTime = seen.filter(({ at }) => (isPolling ? at + faults.lag.logs >= since : at >= since && at < until))
  const rest = (isDescending ? inTime.toReversed() : inTime)
    .filter(({ place }) => here === START || (isDescending ? place < Number(here) : place > Number(here)))
    .filter(test)
  const entries = rest.slice(0, limit)
  const last = entries.at(-1)?.place
  const hasMore = rest.length > entries.length
  return {
    page: {
      items: entries.map(({ event }) => faults.shown(event)),
      here,
      next: isPolling ? pollPlace(here, last, hasMore, seen) : hasMore && last !== undefined ? String(last) : undefined,
    },
  }
}

// Where nothing more fits, polling goes on after all that was seen, whether it fitted or not.
function pollPlace(here: string, last: number | undefined, hasMore: boolean, seen: readonly Entry[]): string {
  const place = hasMore ? last : (seen.at(-1)?.place ?? last)
  return place === undefined ? here || '-1' : String(Math.max(place, Number(here || -1)))
}

function orderOf(query: URLSearchParams): string {
  const order = query.get('sortOrder') ?? 'ASCENDING'
  if (order !== 'ASCENDING' && order !== 'DESCENDING')
    throw invalid('sortOrder', 'sortOrder: must be ASCENDING or DESCENDING')
  return order
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name)
  if (given === null) return undefined
  const time = Date.parse(given)
  if (Number.isNaN(time)) throw invalid(name, `${name}: '${given}' is no ISO 8601 time`)
  return time
}
