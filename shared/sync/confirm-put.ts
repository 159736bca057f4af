import type { Claim } from '../membership/claim.ts'
import { afterShown } from '../membership/confirm.ts'
import type { Ledger } from '../membership/ledger.ts'
import { EMPTY } from '../membership/member-list.ts'
import { targetOf } from '../membership/plan.ts'
import { askStatus } from './ask-status.ts'
import { withFailure } from './back-off.ts'
import type { PutGroupPorts } from './put-group.ts'
import { REFUSED_AGAIN, refuse } from './refuse.ts'

/** What came of asking: no answer, a put that FAILED and is tried again later, or neither. */
export type Confirmation = { ledger: Ledger; came: 'answer' | 'no answer' | 'to be tried again' }

/**
 * Asks GetGroup whether a put has come to pass, and answers the ledger with what it says. A put that FAILED for what it
 * held is a refusal, unless what may be put instead FAILED too; one that FAILED otherwise is tried again later.
 */
export async function confirmPut(ports: PutGroupPorts, before: Ledger, claim: Claim | null): Promise<Confirmation> {
  const { snapshot, telemetry, clock } = ports
  const asked = await askStatus(ports, before, before.name)
  if ('unanswered' in asked) return { ledger: asked.unanswered, came: 'no answer' }
  const { status } = asked
  const ledger = afterShown(before, status)
  if (ledger.status === 'confirmed') {
    telemetry.count('PutsConfirmed')
    telemetry.count('AcceptedToSucceeded', Math.max(0, clock.now() - before.acceptedAt))
    await recordOutcome('confirmed')
  }
  if (ledger.status !== 'putting') return { ledger, came: 'answer' }
  telemetry.count('PutsFailed')
  telemetry.error('a put FAILED', { name: ledger.name, errorCode: status?.errorCode })
  await recordOutcome('failed')
  if (before.meant === EMPTY && !ledger.emptyFails) return { ledger: { ...ledger, emptyFails: true }, came: 'answer' }
  // What failed isn't what is wanted any more, which was never tried.
  if (ledger.refusal === null && before.meant !== targetOf(ledger, claim)) return { ledger, came: 'answer' }
  if (status?.errorCode !== 'InvalidRequest' || ledger.refusal !== null) {
    const error = { name: 'FAILED', errorCode: status?.errorCode }
    return { ledger: withFailure(ledger, clock.now(), error), came: 'to be tried again' }
  }
  const refused = await refuse(
    ports,
    ledger,
    claim,
    {
      reason: 'service',
      detail: `Amazon Q Business took the list and then failed it: ${status.errorCode}`,
      remedy:
        'see the status of the group with GetGroup, and change its members or name in Okta; it is tried again daily',
      until: clock.now() + REFUSED_AGAIN,
    },
    before.meant ?? EMPTY,
  )
  return { ledger: refused, came: 'answer' }

  async function recordOutcome(outcome: string) {
    if (before.change !== null) await snapshot.putOutcome(before.key, before.change, { outcome, at: clock.now() })
  }
}
