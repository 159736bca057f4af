import type { GroupStatus } from '../membership/confirm.ts'
import type { Ledger } from '../membership/ledger.ts'
import { withFailure } from './back-off.ts'
import { errorFacts } from './error-facts.ts'
import type { PutGroupPorts } from './put-group.ts'

/** What GetGroup says of a name; where it gives no answer, the ledger with a time to ask again. */
export async function askStatus(
  { userStore, telemetry, clock }: Pick<PutGroupPorts, 'userStore' | 'telemetry' | 'clock'>,
  ledger: Ledger,
  name: string,
): Promise<{ status: GroupStatus | null } | { unanswered: Ledger }> {
  try {
    return { status: await userStore.status(name) }
  } catch (error) {
    telemetry.warn('GetGroup gave no answer; it is asked again later', { name, ...errorFacts(error) })
    return { unanswered: withFailure(ledger, clock.now(), error) }
  }
}
