import type { Claim } from '../membership/claim.ts'
import { afterShown } from '../membership/confirm.ts'
import type { Ledger } from '../membership/ledger.ts'
import { askStatus } from './ask-status.ts'
import { withFailure } from './back-off.ts'
import type { PutGroupPorts } from './put-group.ts'
import { refuse } from './refuse.ts'

/**
 * Asks GetGroup whether an accepted put has come to pass, and answers the ledger with what it says. A put that FAILED
 * for what it held is a refusal; one that failed otherwise is tried again later. So is a question without an answer.
 */
export async function confirmPut(ports: PutGroupPorts, ledger: Ledger, claim: Claim | null): Promise<Ledger> {
  const { snapshot, telemetry, clock } = ports
  const asked = await askStatus(ports, ledger, ledger.name)
  if ('unanswered' in asked) return asked.unanswered
  const { status } = asked
  const next = afterShown(ledger, status)
  if (next.status === 'confirmed') {
    telemetry.count('PutsConfirmed')
    await recordOutcome('confirmed')
  }
  if (next.status !== 'putting') return next
  telemetry.count('PutsFailed')
  telemetry.error('a put FAILED', { name: ledger.name, errorCode: status?.errorCode })
  await recordOutcome('failed')
  if (status?.errorCode !== 'InvalidRequest') return withFailure(next, clock.now())
  return refuse(ports, next, claim, {
    reason: 'service',
    detail: `Amazon Q Business took the list and then failed it: ${status.errorCode}`,
    remedy: 'see the status of the group with GetGroup, and change its members or name in Okta',
  })

  async function recordOutcome(outcome: string) {
    if (ledger.change !== null) await snapshot.putOutcome(ledger.key, ledger.change, { outcome, at: clock.now() })
  }
}
