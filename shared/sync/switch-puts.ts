import { type Mode, modeOf } from './mode.ts'
import { Conflict, type Snapshot } from './ports.ts'
import { RefusedError } from './refused-error.ts'
import type { Identity, Run, Switched } from './rows.ts'
import type { Rules } from './rules.ts'
import { waitingRun } from './something-changed.ts'

interface Ports {
  snapshot: Pick<Snapshot, 'identity' | 'putIdentity'>
  clock: { now(): number }
  newId(): string
}

/** What a person says about puts. */
type Said = Omit<Switched, 'at'>

/**
 * Lets puts go on, or stops them; the next put already goes by it. It is kept with who did it and why. Letting them go on
 * books a run in the same write that asks the guard with the sum of all that waited, and rings every name that isn't in step.
 * Answers how it was before; where that is what is asked for, nothing is written. Throws RefusedError for a table without a
 * row of its own, which the first run writes.
 */
export async function switchPuts({ snapshot, clock, newId }: Ports, said: Said, setting: Rules['mode']): Promise<Mode> {
  for (;;) {
    const table = await snapshot.identity()
    if (table === null) throw new RefusedError('nothing has run here yet: wait for the first minute of the stage')
    const before = modeOf(table, setting)
    if (before.is === (said.to === 'go' ? 'put' : 'stop')) return before
    try {
      await write(table)
      return before
    } catch (error) {
      // A kill switch isn't lost to whoever wrote the row meanwhile.
      if (!(error instanceof Conflict)) throw error
    }
  }

  async function write(table: Identity): Promise<void> {
    const { to: verb, by, reason } = said
    const at = clock.now()
    const time = new Date(at).toISOString()
    const record = { id: `${time}#${newId()}`, about: 'stage', verb, by, reason, at } as const
    await snapshot.putIdentity({ ...table, puts: { ...said, at } }, record, verb === 'go' ? runOf(time, at) : undefined)
  }
}

/** Nothing of Okta is read again for it: what changed meanwhile was read then. */
function runOf(time: string, at: number): Run {
  return { ...waitingRun(`${time} go`, at), phase: 'judging' }
}
