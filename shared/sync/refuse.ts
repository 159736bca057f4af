import type { Claim } from '../membership/claim.ts'
import { reduce } from '../membership/diff.ts'
import { withoutRefused, withRefusal } from '../membership/intent.ts'
import type { Ledger } from '../membership/ledger.ts'
import { digestOf, EMPTY } from '../membership/member-list.ts'
import type { Refusal } from '../membership/refusal.ts'
import type { Clock } from './clock.ts'
import type { Snapshot, Telemetry } from './ports.ts'

/** What the service refused, or took and then FAILED, is tried again after this long: people get to be known to it. */
export const REFUSED_AGAIN = 24 * 3_600_000

/**
 * Records that what is wanted can't be put: which, why, and what to do. Removals wait for nothing else, so what was last
 * meant is still put without those who left; its list is stored here.
 * @param refused the digest of the list that isn't taken, where that is another than what is wanted: with people held in it, or without
 *   somebody who was removed
 */
export async function refuse(
  { snapshot, telemetry, clock }: { snapshot: Snapshot; telemetry: Telemetry; clock: Clock },
  before: Ledger,
  claim: Claim | null,
  why: Pick<Refusal, 'reason' | 'detail' | 'remedy'> & { until?: number | null },
  refused = claim?.digest ?? EMPTY,
): Promise<Ledger> {
  const wanted = claim?.digest ?? EMPTY
  const ledger = before.ours ? withoutRefused(before, refused) : before
  let reduced: string | null = null
  if (ledger.ours) {
    // Where nothing was meant before, nobody may be in it: what a failed first put left behind isn't known.
    const ids = reduce(await snapshot.list(ledger.meant ?? EMPTY), await snapshot.list(wanted))
    reduced = digestOf(ids)
    if (reduced !== ledger.meant) await snapshot.putList(reduced, ids)
  }
  const { reason, detail, remedy } = why
  telemetry.count('NamesRefused')
  telemetry.warn('a name is refused', { name: claim?.name ?? ledger.name, group: claim?.owner, reason, detail, remedy })
  const refusal = { reason, detail, remedy, wanted, reduced, until: why.until ?? null, at: clock.now() }
  return withRefusal({ ...ledger, name: ledger.name || (claim?.name ?? '') }, refusal)
}
