import type { Clock } from './clock.ts'
import { giveUpMissing } from './deliveries.ts'
import { errorFacts } from './error-facts.ts'
import type { Mode } from './mode.ts'
import type { Doorbells, Snapshot, Telemetry } from './ports.ts'
import type { DueRow } from './rows.ts'

/** What catching up needs. `startRun` starts a function on a run and doesn't wait for it. */
export interface CatchUpPorts {
  snapshot: Snapshot
  doorbells: Doorbells
  telemetry: Telemetry
  clock: Clock
  startRun(id: string): Promise<void>
  mode: Mode
}

/** A row that was rung is rung again after this long, where nothing has come of it. */
const RING_AGAIN_AFTER = 5 * 60_000

/**
 * Rings what is due: groups, users and names through their queues, and runs that aren't finished. Events whose delivery is
 * missing are due when they count as lost.
 */
export async function catchUp({
  snapshot,
  doorbells,
  telemetry,
  clock,
  startRun,
  mode,
}: CatchUpPorts): Promise<{ due: number }> {
  const now = clock.now()
  let due = 0
  for await (const all of snapshot.due(now)) {
    const rows = all.filter(({ what }) => what !== 'event')
    due += rows.length
    const idsOf = (what: DueRow['what']) => rows.filter((row) => row.what === what).map(({ id }) => id)
    const ring = { books: false, again: false, causes: [], questions: [] }
    await doorbells.ringHints([
      ...idsOf('group').map((id) => ({ ...ring, subject: 'group' as const, id })),
      ...idsOf('user').map((id) => ({ ...ring, subject: 'user' as const, id })),
    ])
    await doorbells.ringNames(idsOf('name'))
    const started = await Promise.allSettled(idsOf('run').map(startRun))
    for (const { reason } of started.filter((start) => start.status === 'rejected')) {
      telemetry.error('a reconcile could not be started; it is tried again', errorFacts(reason))
    }
    await Promise.all(rows.map((row) => snapshot.postpone(row, now + RING_AGAIN_AFTER)))
    const missing = all.filter(({ what }) => what === 'event')
    await giveUpMissing(
      { snapshot, telemetry },
      missing.map(({ id }) => id),
    )
  }
  telemetry.count('RowsDue', due)
  telemetry.count('SetAside', await snapshot.setAside())
  telemetry.count('PutsStopped', mode.is === 'put' ? 0 : 1)
  return { due }
}
