import { decideHold, type HoldRequest } from './decide-hold.ts'
import type { Snapshot } from './ports.ts'
import { RefusedError } from './refused-error.ts'

/**
 * Keeps the people of a hold in until Okta has them in again, and says no more that they are held. It is kept with who did it
 * and why. Throws RefusedError where the hold isn't there, or was rejected before. Answers how many people stay in.
 */
export async function rejectHold(
  { snapshot, clock, newId }: { snapshot: Snapshot; clock: { now(): number }; newId(): string },
  request: HoldRequest,
): Promise<number> {
  const { by, reason } = request
  const { record } = await decideHold(
    { snapshot, now: clock.now },
    request,
    'reject',
    async ({ ledger }, hold) => {
      if (hold.rejected !== null) {
        const { by: who, reason: why, at } = hold.rejected
        throw new RefusedError(
          `hold ${hold.id} of “${request.name}” was rejected already, by ${who} at ${new Date(at).toISOString()} (“${why}”)`,
        )
      }
      const rejected = { by, reason, at: clock.now() }
      const holds = ledger.holds.map((each) => (each.id === hold.id ? { ...each, rejected } : each))
      return { ledger: { ...ledger, holds }, record: { people: hold.people, count: hold.count } }
    },
    newId,
  )
  return record.count ?? 0
}
