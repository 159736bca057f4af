import type { Claim } from './claim.ts'
import { withLeft } from './judge.ts'
import type { Ledger } from './ledger.ts'
import { EMPTY } from './member-list.ts'
import type { Step } from './plan.ts'
import type { Refusal } from './refusal.ts'
import { NO_FAILURES } from './set-aside.ts'

/** The ledger with what the claim says of the name besides its list: who else bears it, and when it is deleted. */
export function withClaim(ledger: Ledger, claim: Claim | null, now: number, deleteAfter: number): Ledger {
  const wanted = claim?.digest ?? EMPTY
  const { refusal } = ledger
  const isOver = refusal !== null && (refusal.wanted !== wanted || (refusal.until !== null && refusal.until <= now))
  const deleteAt = ledger.ours ? (ledger.deleteAt ?? now + deleteAfter) : null
  return {
    ...ledger,
    refusal: isOver ? null : refusal,
    doubles: claim?.doubles ?? [],
    deleteAt: claim === null ? deleteAt : null,
  }
}

/**
 * The ledger with the intent to put a list: to be written before PutGroup is sent.
 * @param left how many people it takes out by the guard's leave
 */
export function withIntent(
  ledger: Ledger,
  claim: Claim | null,
  step: Extract<Step, { do: 'put' }>,
  now: number,
  left = 0,
): Ledger {
  const { status, meant, formerly, ours, owner, ownerChange, meantAt, baseline, doubt } = ledger
  const { change, unconfirmedPuts, retryAt } = ledger
  const facts = { status, meant, formerly, ours, owner, ownerChange, meantAt, baseline, doubt }
  const stood = { ...facts, change, unconfirmedPuts, retryAt }
  const unconfirmed = ledger.unconfirmedPuts + 1
  const puts = { wanted: 1, 'found putting': 1, unconfirmed, doubt: 2, drift: 1, refresh: 1 }
  return {
    ...ledger,
    name: ours ? ledger.name : claim!.name,
    owner: claim?.owner ?? ledger.owner,
    ownerChange: claim?.change ?? ledger.ownerChange,
    status: 'putting',
    ours: true,
    meant: step.digest,
    formerly: step.digest === meant ? formerly : meant,
    before: { ...stood, meantBefore: ledger.before?.meant ?? null },
    meantAt: now,
    baseline: ledger.shown,
    unconfirmedPuts: puts[step.because],
    doubt: step.doubtful ? { since: now, puts: 0 } : doubt,
    suspects: null,
    retryAt: null,
    approval: null,
    letGo: null,
    leaving: withLeft(ledger.leaving, left, now),
  }
}

/**
 * The ledger when a list is refused: what may be put instead is made of what is meant, unless that is the same list, put before and
 * never surely confirmed. Then it is what was meant before, of which nobody knows either that it has gone.
 * @param refused the digest of the list that isn't taken
 */
export function withoutRefused(ledger: Ledger, refused: string): Ledger {
  const { meant, formerly, status, before, doubt } = ledger
  const last = status === 'putting' && before?.meant === meant ? before : { status, doubt }
  const isSure = last.status === 'confirmed' && last.doubt === null
  if (meant !== refused || isSure) return ledger
  // Whom it let go, the guard isn't asked for again.
  return { ...ledger, meant: formerly, letGo: formerly === null ? null : { from: formerly, to: refused } }
}

/** The ledger as it was before the last intent, which had no effect. */
export function withoutIntent(ledger: Ledger): Ledger {
  const { before } = ledger
  if (before === null) return ledger
  const { meantBefore, ...stood } = before
  // Of what stood before that, only what was meant is known: it counts where the put left to be confirmed FAILED.
  return {
    ...ledger,
    ...stood,
    letGo: letGoBy(ledger),
    before: meantBefore === null ? null : { ...before, meant: meantBefore, meantBefore: null },
  }
}

/** Whom an intent without effect let go: they aren't judged again. */
export function letGoBy({ before, meant }: Ledger): Ledger['letGo'] {
  return before?.meant && meant && before.meant !== meant ? { from: before.meant, to: meant } : null
}

/** The ledger with a refusal of what is wanted. */
export function withRefusal(ledger: Ledger, refusal: Refusal): Ledger {
  return { ...ledger, refusal, ...NO_FAILURES }
}

/** The id of the change record of the next intent: sorts as the intents were written. @param at epoch milliseconds */
export function changeId({ version }: Ledger, at: number): string {
  return `${new Date(at).toISOString()}#${String(version + 1).padStart(8, '0')}`
}
