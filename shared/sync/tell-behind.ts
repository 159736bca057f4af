import { isBehind } from '../membership/behind.ts'
import type { Clock } from './clock.ts'
import type { Mode } from './mode.ts'
import type { Snapshot, Telemetry } from './ports.ts'
import { readNames } from './read-names.ts'

/**
 * Tells how late the user store is now, and what waits for a person: compares every mirror with every ledger, from the index
 * alone. What is set aside, held or refused isn't late; it is counted by itself. Neither is a name late while nothing is put.
 */
export async function tellBehind({
  snapshot,
  telemetry,
  clock,
  mode,
}: {
  snapshot: Snapshot
  telemetry: Telemetry
  clock: Clock
  mode: Mode
}): Promise<void> {
  const { names, mirrors } = await readNames(snapshot)
  const now = clock.now()
  const changes = new Map(mirrors.map(({ id, changedSince }) => [id, changedSince]))
  const behind = names.filter(({ ledger, claim }) => ledger.setAside === null && isBehind(ledger, claim))
  const late = mode.is === 'put' ? behind : []
  const since = [
    // A name that put-group hasn't taken up yet is late since its group changed.
    ...late.map(({ ledger, claim }) => ledger.behindSince ?? changes.get(claim?.owner ?? '') ?? now),
    ...mirrors.flatMap(({ unreadSince }) => unreadSince ?? []),
  ]
  // By Okta's clock, which may be ahead of this one.
  const oldest = since.reduce((least, at) => Math.min(least, at), now)
  telemetry.count('SecondsBehind', Math.round((now - oldest) / 1_000))
  telemetry.count('NamesBehind', behind.length)
  const open = names.flatMap(({ ledger }) => ledger.holds).filter(({ rejected }) => rejected === null)
  telemetry.count(
    'PeopleHeldNow',
    open.reduce((sum, { count }) => sum + count, 0),
  )
  // Two spellings that are one group are nothing that a person could mend.
  const refused = names.filter(({ ledger: { refusal } }) => refusal !== null && refusal.reason !== 'same')
  telemetry.count('NamesRefusedNow', refused.length)
}
