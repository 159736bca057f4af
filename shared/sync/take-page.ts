import pMap from 'p-map'
import { isFollowedUp, newestOf, SETTLE } from '../membership/mirror.ts'
import { hintsOfEvents } from '../okta/hints-of-events.ts'
import type { Hint } from '../queue/hint.ts'
import { countFailedDeliveries, deliveredOf, noteMissing, publishedAt } from './deliveries.ts'
import type { Doorbells, LogPage, Snapshot, Telemetry } from './ports.ts'
import type { Rules } from './rules.ts'

/** What taking a page of the System Log needs. */
export interface TakePagePorts {
  snapshot: Snapshot
  doorbells: Doorbells
  telemetry: Telemetry
  rules: Pick<Rules, 'members'>
}

/** How many rows are read at once. */
const AT_ONCE = 32

/**
 * Rings for the events of a page of the System Log that nothing has come of: neither their delivery, nor a look late enough,
 * nor one that is booked. Notes those that an event hook should have had and whose delivery hasn't come yet.
 * @param deliveriesSince since when deliveries are expected; null where none is known to have come
 * @param isFirst whether the log is read for the first time: what happened before is no delivery's fault
 * @returns how many hints were sent, and since when deliveries are expected now
 */
export async function takePage(
  { snapshot, doorbells, telemetry, rules }: TakePagePorts,
  { events, date }: LogPage,
  deliveriesSince: number | null,
  isFirst: boolean,
): Promise<{ hints: number; deliveriesSince: number | null }> {
  const { attribute } = rules.members
  countFailedDeliveries(telemetry, events)
  const named = events.filter((event) => hintsOfEvents([event], attribute).hints.length > 0)
  const delivered = await deliveredOf(snapshot, named)
  const open = named.filter((event) => !delivered.has(event))
  const hints = hintsOfEvents(open, attribute).hints
  const toRing = await pMap(hints, (hint) => hintToRing(snapshot, hint, date), { concurrency: AT_ONCE })
  const rung = toRing.filter((hint) => hint !== null)
  await doorbells.ringHints(rung)
  telemetry.count('HintsFromLog', rung.length)
  // A stage without an event hook misses none: deliveries are expected from the first that came.
  const since = isFirst ? null : (deliveriesSince ?? earliest([...delivered].map(publishedAt)))
  if (since !== null) await noteMissing(snapshot, open, since, date)
  return { hints: rung.length, deliveriesSince: since }
}

/**
 * The hint as it is to be rung; null where its events are followed up already. It books a look a minute later only for
 * an event that is younger than that: a read of now needn't show it yet. One about a user always does, since a user
 * who is being followed for an older event is followed anew only for one that books.
 * @param now Okta's Date header of the page
 */
async function hintToRing(snapshot: Snapshot, hint: Hint, now: number): Promise<Hint | null> {
  const published = newestOf(hint.causes)
  if (await isHeard(snapshot, hint, published)) return null
  const isYoung = published > now - SETTLE
  // What an event said long ago is no question to a read of now.
  return { ...hint, books: isYoung || hint.subject === 'user', questions: isYoung ? hint.questions : [] }
}

/** Whether the row says that there was a look late enough, or that one is booked. */
async function isHeard(snapshot: Snapshot, { subject, id }: Hint, published: number): Promise<boolean> {
  if (subject === 'org') return false
  if (subject === 'user') return ((await snapshot.user(id))?.newestHint ?? 0) >= published
  const mirror = await snapshot.mirror(id)
  return mirror !== null && isFollowedUp(mirror, published)
}

function earliest(times: readonly number[]): number | null {
  const known = times.filter((at) => !Number.isNaN(at))
  return known.length === 0 ? null : Math.min(...known)
}
