import { SETTLE } from '../membership/mirror.ts'
import { Conflict, type Snapshot } from './ports.ts'
import type { Run } from './rows.ts'

const HOUR = 3_600_000

/** A reconcile starts this long after the first hint, so that a burst of them shares it. */
const SOON = 2 * SETTLE

/**
 * Something changed that no group or user can be named for: a reconcile starts soon, at most one an hour. Where this hour's
 * begins too early for Okta to show the change, or has begun already, the next hour's is booked.
 * @param sentAt the queue's time of the hint, epoch milliseconds
 */
export async function somethingChanged({ snapshot }: { snapshot: Snapshot }, sentAt: number): Promise<void> {
  const hour = Math.floor(sentAt / HOUR) * HOUR
  for (const start of [hour, hour + HOUR, hour + 2 * HOUR]) {
    const run = waitingRun(`${new Date(start).toISOString().slice(0, 13)} soon`, Math.max(start, sentAt + SOON))
    const known = await snapshot.run(run.id)
    if (known?.phase === 'waiting' && known.notBefore !== null && known.notBefore >= sentAt + SETTLE) return
    try {
      await snapshot.putRun(run)
      return
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
}

/** A run that hasn't begun. @param notBefore when it is to begin, epoch milliseconds; null for at once */
export function waitingRun(id: string, notBefore: number | null, nightly = false): Run {
  const counts = { groups: 0, changed: 0, absent: 0, namesRung: 0 }
  const begun = {
    startedAt: 0,
    cursor: null,
    waiting: [],
    removals: { left: 0, emptied: 0 },
    breach: null,
    unread: [],
    failures: 0,
  }
  return { id, version: 0, phase: 'waiting', counts, ...begun, nightly, notBefore, takeUpAt: notBefore }
}
