import { SETTLE } from '../membership/mirror.ts'
import type { ReceivedHint } from '../queue/hint.ts'
import { Conflict } from './ports.ts'
import type { ReadGroupPorts } from './read-group.ts'
import type { Run } from './rows.ts'
import { waitingRun } from './something-changed.ts'

const WINDOW = 600_000

/**
 * Whether a hint about a user is left to a reconcile, since more events than the set number were about users in the same ten
 * minutes (by the queue's clock). There is one run for each ten minutes; it begins a minute after they end, so that Okta
 * shows by then what the last of their events said. Its row is the memory of the hints, so the message may go.
 */
export async function takeInBulk(
  { snapshot, telemetry, rules }: Pick<ReadGroupPorts, 'snapshot' | 'telemetry' | 'rules'>,
  { books, again, sentAt }: Pick<ReceivedHint, 'books' | 'again' | 'sentAt'>,
): Promise<boolean> {
  if (!books || again) return false
  const window = Math.floor(sentAt / WINDOW) * WINDOW
  const hints = await snapshot.countUserHint(window)
  if (hints <= rules.bulk.userHints) return false
  telemetry.count('HintsInBulk')
  for (let start = window; ; ) {
    const end = start + WINDOW
    const booked = waitingRun(`${new Date(start).toISOString()} bulk`, end + SETTLE)
    const known = await snapshot.run(booked.id)
    if (known === null) {
      try {
        await snapshot.putRun(booked)
        const from = new Date(end + SETTLE).toISOString()
        const facts = { run: booked.id, hints, followed: rules.bulk.userHints, from }
        telemetry.warn('so many users changed that one reconcile is to follow them', facts)
        return true
      } catch (error) {
        // Another function has booked it at the same time.
        if (!(error instanceof Conflict)) throw error
      }
    } else if (shows(known, sentAt)) return true
    else start = end
  }
}

/** Whether what the run reads, or has read, is new enough. One that was begun by hand before its time isn't. */
function shows({ phase, startedAt }: Run, sentAt: number): boolean {
  return phase === 'waiting' || startedAt >= sentAt + SETTLE
}
