import pMap from 'p-map'
import { DELIVERED, HOOK_DELIVERY } from '../okta/event-types.ts'
import { uuidOf } from '../okta/hints-of-events.ts'
import type { LogEvent } from '../okta/log-event.ts'
import type { ReceivedHint } from '../queue/hint.ts'
import type { Snapshot, Telemetry } from './ports.ts'
import type { MissingEvent } from './rows.ts'

interface DeliveriesPorts {
  snapshot: Snapshot
  telemetry: Telemetry
}

/** For how long it is known whether the delivery of an event came, in milliseconds. */
export const DELIVERIES_KNOWN = 2 * 86_400_000
/** A delivery whose hint was queued so long after Okta published the event is late. */
const LATE_AFTER = 60_000
/** An event whose delivery hasn't come so long after it was published is lost. */
const LOST_AFTER = 3_600_000
/** How many rows are read or written at once. */
const AT_ONCE = 32
/** How many lost events a log line names. */
const MOST_NAMED = 20

/** Notes that the events of a hint were delivered; counts those that were missing until then, and are late. */
export async function noteDeliveries({ snapshot, telemetry }: DeliveriesPorts, hint: ReceivedHint): Promise<void> {
  const noted = await pMap(hint.delivered ?? [], (uuid) => snapshot.noteDelivered(uuid, hint.sentAt), {
    concurrency: AT_ONCE,
  })
  const late = noted.filter((missing) => missing !== null && hint.sentAt - missing.published >= LATE_AFTER)
  if (late.length > 0) telemetry.count('DeliveriesLate', late.length)
}

/** The events whose deliveries are known to have come; only those that an event hook can have are looked for. */
export async function deliveredOf(snapshot: Snapshot, events: readonly LogEvent[]): Promise<Set<LogEvent>> {
  const known = await pMap(events, async (event) => await isDelivered(snapshot, event), { concurrency: AT_ONCE })
  return new Set(events.filter((_, index) => known[index]))
}

async function isDelivered(snapshot: Snapshot, event: LogEvent): Promise<boolean> {
  const uuid = uuidOf(event)
  return DELIVERED.has(event.eventType ?? '') && uuid !== null && snapshot.isDelivered(uuid)
}

/**
 * Notes which events of a page are missing: published since deliveries are expected, and not delivered yet. They are due
 * when they count as lost.
 * @param now Okta's Date header of the page
 */
export async function noteMissing(
  snapshot: Snapshot,
  events: readonly LogEvent[],
  since: number,
  now: number,
): Promise<void> {
  const missing = events.map(missingEvent).filter((event) => event !== null)
  // Of what is older, it isn't known any more whether it came.
  const counting = missing.filter(({ published }) => published >= since && published > now - DELIVERIES_KNOWN)
  await pMap(counting, (event) => snapshot.noteMissing(event, event.published + LOST_AFTER), { concurrency: AT_ONCE })
}

function missingEvent(event: LogEvent): MissingEvent | null {
  const uuid = uuidOf(event)
  const type = event.eventType ?? ''
  if (uuid === null || !DELIVERED.has(type)) return null
  return { uuid, type, published: publishedAt(event), group: idOf(event, 'UserGroup'), user: idOf(event, 'User') }
}

/** When Okta published an event, epoch milliseconds; NaN where it doesn't say. */
export function publishedAt({ published }: LogEvent): number {
  return Date.parse(typeof published === 'string' ? published : '')
}

function idOf({ target }: LogEvent, type: string): string | null {
  const id = Array.isArray(target) ? target.find((each) => each?.type === type)?.id : null
  return typeof id === 'string' ? id : null
}

/** Counts those of the missing events as lost that are missing still, and names them once, in one line for all. */
export async function giveUpMissing({ snapshot, telemetry }: DeliveriesPorts, uuids: readonly string[]): Promise<void> {
  const taken = await pMap(uuids, (uuid) => snapshot.takeForLost(uuid), { concurrency: AT_ONCE })
  const lost = taken.filter((event) => event !== null)
  if (lost.length === 0) return
  telemetry.count('DeliveriesLost', lost.length)
  telemetry.warn(
    'deliveries of the event hook are lost: they have not come for an hour; the System Log had the events',
    {
      lost: lost.length,
      events: lost.slice(0, MOST_NAMED),
      remedy:
        'if it goes on, see in Okta whether the event hook is active and verified, and whether it has these event types',
    },
  )
}

/** Okta says in its log which deliveries failed, of every event hook of the org. */
export function countFailedDeliveries(telemetry: Telemetry, events: readonly LogEvent[]): void {
  const failed = events.filter(({ eventType, outcome }) => eventType === HOOK_DELIVERY && outcome?.result === 'FAILURE')
  if (failed.length === 0) return
  telemetry.count('HookDeliveriesFailed', failed.length)
  telemetry.warn('Okta could not deliver events to an event hook of the org', {
    failed: failed.length,
    hooks: [...new Set(failed.map((event) => idOf(event, 'EventHook')))],
  })
}
