import { CursorRefused, type Directory, type LogPage } from './ports.ts'
import type { LogCursor } from './rows.ts'
import { type TakePagePorts, takePage } from './take-page.ts'

/** What reading on in the System Log needs. */
export interface PollLogPorts extends TakePagePorts {
  directory: Pick<Directory, 'log' | 'time'>
  /** How long the function may still run, milliseconds. */
  timeLeft(): number
}

/** How many events were read, and how many hints were sent for them. */
export interface LogReport {
  events: number
  hints: number
}

/** With less than this left, in milliseconds, the rest is left to the next minute: a request to Okta, and what a page asks for. */
const TIME_FOR_A_PAGE = 20_000
/** Where there is no place to go on from, the log is read from so long before. What was followed up is left out. */
const OVERLAP = 10 * 60_000
/** Okta keeps its System Log for 90 days. */
const KEPT = 90 * 86_400_000

/**
 * Reads on in Okta's System Log from the stored place to the first empty page, and rings for what nobody has followed up:
 * what the event hook can't have, and what was lost on the way. The place is written down after a page's hints are queued,
 * so that a function that dies in between rings twice at worst. Of two functions at it, one gets Conflict and stops.
 */
export async function pollLog(ports: PollLogPorts): Promise<LogReport> {
  const { directory, snapshot, timeLeft } = ports
  const report = { events: 0, hints: 0 }
  const stored = await snapshot.cursor()
  let { place, page } = stored === null ? await begin(ports) : await goOn(ports, stored)
  for (;;) {
    const { hints, deliveriesSince } = await takePage(ports, page, place.deliveriesSince, stored === null)
    report.events += page.events.length
    report.hints += hints
    const isEnd = page.events.length === 0
    const polledAt = isEnd ? page.date : place.polledAt
    place = await snapshot.putCursor({ ...place, cursor: page.next, polledAt, deliveriesSince })
    if (isEnd || timeLeft() < TIME_FOR_A_PAGE) return report
    page = await directory.log({ cursor: place.cursor })
  }
}

async function begin({ directory }: PollLogPorts): Promise<{ place: LogCursor; page: LogPage }> {
  const now = await directory.time()
  const page = await directory.log({ since: now - OVERLAP })
  return { place: { version: 0, cursor: '', polledAt: now, deliveriesSince: null }, page }
}

/** The page at the stored place; where Okta doesn't take that any more, all since shortly before the log was last read to its end. */
async function goOn(ports: PollLogPorts, place: LogCursor): Promise<{ place: LogCursor; page: LogPage }> {
  const { directory } = ports
  const page = await directory.log({ cursor: place.cursor }).catch((error: unknown) => {
    if (error instanceof CursorRefused) return null
    throw error
  })
  if (page !== null) {
    if (place.polledAt < page.date - KEPT) tellGap(ports, 'it keeps them for 90 days', place, page)
    return { place, page }
  }
  const oldest = (await directory.time()) - KEPT
  const again = await directory.log({ since: Math.max(place.polledAt - OVERLAP, oldest) })
  tellGap(ports, 'it no longer takes the place where the log was left', place, again)
  return { place, page: again }
}

function tellGap({ telemetry }: PollLogPorts, why: string, { polledAt }: LogCursor, { date }: LogPage): void {
  telemetry.count('LogGaps')
  telemetry.error(`Okta may have left out events of its System Log: ${why}`, {
    from: new Date(polledAt).toISOString(),
    to: new Date(date).toISOString(),
    remedy: 'the nightly reconcile finds what they changed; invoke reconcile to have it now',
  })
}
