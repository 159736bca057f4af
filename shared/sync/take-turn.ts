import { Conflict } from './ports.ts'
import type { ReadGroupPorts } from './read-group.ts'
import type { Run } from './rows.ts'

/** A run that was to be taken up so long ago, in milliseconds, goes on no more: it holds up no other. */
const DEAD_AFTER = 3_600_000

/**
 * Begins a run, or answers it as it is where it has to wait. A run that events ask for waits for the one that began last:
 * together they would only use up Okta's rate limit twice. Where that one began late enough, it reads all that this one is
 * for, which is then finished.
 */
export async function takeTurn(
  { snapshot, telemetry, clock }: Pick<ReadGroupPorts, 'snapshot' | 'telemetry' | 'clock'>,
  run: Run,
): Promise<Run> {
  const { notBefore } = run
  if (notBefore !== null && clock.now() < notBefore) return run
  for (;;) {
    const turn = (await snapshot.turn()) ?? { version: 0, run: run.id }
    const last = turn.run === run.id ? null : await snapshot.run(turn.run)
    if (last !== null && notBefore !== null) {
      if (last.startedAt >= notBefore) {
        telemetry.info('a reconcile has nothing left to do: another began late enough', { run: run.id, by: last.id })
        return { ...run, phase: 'finished', startedAt: last.startedAt }
      }
      if (isGoingOn(last, clock.now())) return run
    }
    try {
      await snapshot.putTurn({ ...turn, run: run.id })
      return { ...run, phase: 'listing' }
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
}

/** Whether a run still reads groups. */
function isGoingOn({ phase, failures, takeUpAt }: Run, now: number): boolean {
  const isRead = phase === 'finished' || phase === 'checking'
  return !isRead && failures === 0 && takeUpAt !== null && now < takeUpAt + DEAD_AFTER
}
