import { isDeepStrictEqual } from 'node:util'
import type { Snapshot } from './ports.ts'
import { RefusedError } from './refused-error.ts'
import { acceptedOf, fingerprintOf, type Rules } from './rules.ts'
import { waitingRun } from './something-changed.ts'

/**
 * Puts settings in force that say otherwise whom the names hold, and books a reconcile by them at once, in one write with who
 * did it and why. Throws RefusedError where they aren't those that were looked at, or are in force already. Answers the run's id.
 */
export async function acceptSettings(
  { snapshot, clock, newId }: { snapshot: Snapshot; clock: { now(): number }; newId(): string },
  rules: Rules,
  { fingerprint, by, reason }: { fingerprint: string; by: string; reason: string },
): Promise<string> {
  const accepted = acceptedOf(rules)
  const here = fingerprintOf(accepted)
  if (here !== fingerprint) {
    throw new RefusedError(
      `the settings have the fingerprint ${here}, not ${fingerprint}: look at q-group-sync plan again`,
    )
  }
  const table = await snapshot.identity()
  if (table === null) throw new RefusedError('nothing has run here yet: the first run takes the settings as they are')
  if (isDeepStrictEqual(table.accepted, accepted)) throw new RefusedError(`the settings ${here} are in force already`)
  const at = clock.now()
  const time = new Date(at).toISOString()
  const run = waitingRun(`${time} settings`, at)
  const record = { id: `${time}#${newId()}`, about: 'stage', verb: 'accept settings', by, reason, at } as const
  await snapshot.putIdentity({ ...table, accepted }, { ...record, fingerprint, accepted }, run)
  return run.id
}
