import type { Claim } from './claim.ts'
import { suspectsDueAt } from './drift.ts'
import { doubtDueAt, type Ledger } from './ledger.ts'
import { EMPTY } from './member-list.ts'

/** What is to be done about a name now. `digest` names the list to put; `doubtful` says that the put may overlap another. */
export type Step =
  | { do: 'rest' }
  | { do: 'put'; digest: string; because: Because; doubtful: boolean }
  | { do: 'give up confirming' }
  | { do: 'delete' }

/** Why a list is put. `drift` is put over what the user store has otherwise, `refresh` anew since it is its turn. */
export type Because = 'wanted' | 'found putting' | 'doubt' | 'unconfirmed' | 'drift' | 'refresh'

/** A change that finds a put not confirmed waits this long at most. */
export const WAIT_FOR_CONFIRMATION = 120_000
/** What can't be confirmed for this long is put once more, and then recorded as unconfirmed. */
export const CONFIRM_WITHIN = 3_600_000
/** A put that isn't confirmed yet is looked at again after this long. */
export const LOOK_AGAIN = 60_000
/** That people are held is said again after this long, until somebody decides. */
export const TELL_AGAIN = 3_600_000
/** A put that was never confirmed may land for so long: during maintenance of the index, Q Business takes up to a day (AWS's docs). */
const LANDS_WITHIN = 24 * 3_600_000
/** A name found putting without a time to retry is taken up after this long. */
const TAKE_UP_AFTER = 120_000

/** The digest that a name should have as far as the user store takes it; null where nothing may be put under it. */
export function desiredOf(ledger: Ledger, claim: Claim | null): string | null {
  const wanted = claim?.digest ?? (ledger.ours ? EMPTY : null)
  return ledger.refusal?.wanted === wanted ? ledger.refusal.reduced : wanted
}

/** The digest to be put: what is desired, with whom the guard holds and without whom somebody has removed. */
export function targetOf(ledger: Ledger, claim: Claim | null): string | null {
  const desired = desiredOf(ledger, claim)
  return ledger.adjusted?.wanted === desired ? ledger.adjusted.target : desired
}

/** The next step for a name, from its rows alone. `now` is the function's clock and says only how long was waited. */
export function nextStep(ledger: Ledger, claim: Claim | null, now: number): Step {
  const target = targetOf(ledger, claim)
  if (ledger.status === 'deleting' && claim === null) return { do: 'delete' }
  if (target === null) return { do: 'rest' }
  const put = { do: 'put', digest: target } as const
  if (ledger.status === 'putting' || ledger.status === 'deleting') {
    return { ...put, because: 'found putting', doubtful: true }
  }
  if (ledger.status === 'accepted') {
    const waited = now - ledger.acceptedAt
    if (ledger.meant !== target) {
      // Whoever was removed by hand must be out this minute.
      const waits = waited < WAIT_FOR_CONFIRMATION && !ledger.adjusted?.removed.length
      return waits ? { do: 'rest' } : { ...put, because: 'wanted', doubtful: true }
    }
    if (waited < CONFIRM_WITHIN) return { do: 'rest' }
    if (ledger.unconfirmedPuts > 1) return { do: 'give up confirming' }
    return { ...put, because: 'unconfirmed', doubtful: true }
  }
  // A put that was never confirmed may still land.
  if (ledger.meant !== target) return { ...put, because: 'wanted', doubtful: ledger.status === 'unconfirmed' }
  const doubt = doubtDueAt(ledger.doubt)
  if (doubt !== null && doubt <= now) return { ...put, because: 'doubt', doubtful: false }
  if (ledger.drift?.mayPut) return { ...put, because: 'drift', doubtful: false }
  const deleteAt = deletableAt(ledger)
  return deleteAt !== null && deleteAt <= now && ledger.doubt === null ? { do: 'delete' } : { do: 'rest' }
}

/** When a name may be deleted, null for never: a put that landed after that would make it anew, and it would be nobody's. */
function deletableAt({ deleteAt, holds, status, acceptedAt }: Ledger): number | null {
  if (deleteAt === null || holds.length > 0) return null
  return status === 'unconfirmed' ? Math.max(deleteAt, acceptedAt + LANDS_WITHIN) : deleteAt
}

/** Whether the user store has what the mirror wants, and nothing is left to wait for. */
export function isInStep(ledger: Ledger, claim: Claim | null): boolean {
  const target = targetOf(ledger, claim)
  if (target === null) return true
  return ledger.status === 'confirmed' && ledger.meant === target && ledger.doubt === null && ledger.drift === null
}

/** When a name is to be looked at again by what its row says, in epoch milliseconds; null for never. */
export function ledgerDueAt(ledger: Ledger): number | null {
  if (ledger.retryAt !== null) return ledger.retryAt
  const unfinished = ledger.status === 'putting' || ledger.status === 'deleting'
  const later = ledger.doubt === null ? deletableAt(ledger) : doubtDueAt(ledger.doubt)
  const reasons = [
    unfinished ? ledger.meantAt + TAKE_UP_AFTER : null,
    ledger.status === 'accepted' ? ledger.acceptedAt + LOOK_AGAIN : null,
    // A doubt about a deletion waits for the name to be wanted again.
    ledger.status === 'none' ? null : later,
    ledger.status === 'confirmed' && ledger.drift?.mayPut ? ledger.drift.since + TAKE_UP_AFTER : null,
    suspectsDueAt(ledger),
    ledger.refusal?.until ?? null,
    ledger.adjusted?.until ?? null,
    ledger.approval?.at ?? null,
    ledger.holds.some(({ rejected }) => rejected === null) ? ledger.holdsToldAt + TELL_AGAIN : null,
  ].filter((at) => at !== null)
  return reasons.length > 0 ? Math.min(...reasons) : null
}
