import type { Claim } from './claim.ts'
import type { Ledger } from './ledger.ts'
import type { Cause, Mirror } from './mirror.ts'
import { targetOf } from './plan.ts'

/**
 * Whether what a name should have is known and the user store doesn't show it yet. Not behind is what is held or removed by
 * hand, since the name should have it; what is refused; and a put that could not be confirmed, though it was made twice.
 */
export function isBehind(ledger: Ledger, claim: Claim | null): boolean {
  const target = targetOf(ledger, claim)
  if (target === null || (claim === null && ledger.status === 'deleting')) return false
  return ledger.meant !== target || (ledger.status !== 'confirmed' && ledger.status !== 'unconfirmed')
}

/**
 * The ledger with since when it is behind: since the change in Okta that it hasn't yet, for as long as it isn't in step.
 * @param owner the mirror of the group that the name is for, where there is one
 */
export function withBehind(ledger: Ledger, claim: Claim | null, owner: Mirror | undefined, now: number): Ledger {
  const since = owner === undefined ? now : changedSince(owner)
  return { ...ledger, behindSince: isBehind(ledger, claim) ? (ledger.behindSince ?? since) : null }
}

/** When the newest change of what is wanted for a group's names came about: its oldest event, or when it was seen. */
export function changedSince({ causes, changes, toRingSince }: Mirror): number {
  return oldestOf(
    causes.filter(({ change }) => change === changes),
    toRingSince,
  )
}

/** Since when events wait for a read of the group that doesn't fail; null where none do, or where it is set aside. */
export function unreadSince({ failures, setAside, heard, newestHint }: Mirror): number | null {
  return failures > 0 && setAside === null && heard.length > 0 ? oldestOf(heard, newestHint) : null
}

function oldestOf(causes: readonly Cause[], otherwise: number): number {
  const published = causes.map((cause) => Date.parse(cause.published ?? '')).filter((at) => !Number.isNaN(at))
  return published.length === 0 ? otherwise : Math.min(...published)
}
