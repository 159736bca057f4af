import { type Ledger, noLedger } from '../membership/ledger.ts'
import { withFailure } from './back-off.ts'
import { errorFacts } from './error-facts.ts'
import type { PutGroupPorts } from './put-group.ts'

/**
 * Deletes a name that nobody has wanted for days and that holds nobody. Afterwards it isn't ours: if it is back, somebody
 * else made it. Throws Conflict where somebody else wrote the row.
 */
export async function deleteName(ports: PutGroupPorts, before: Ledger): Promise<Ledger> {
  const { userStore, snapshot, telemetry, clock } = ports
  const ledger = await snapshot.putLedger({ ...before, status: 'deleting', meantAt: clock.now(), retryAt: null })
  try {
    await userStore.delete(ledger.name)
  } catch (error) {
    telemetry.warn('a name could not be deleted; it is tried again later', { name: ledger.name, ...errorFacts(error) })
    return withFailure(ledger, clock.now())
  }
  telemetry.count('NamesDeleted')
  telemetry.info('a name is deleted: nobody has wanted it', { name: ledger.name })
  return { ...noLedger(ledger.key), version: ledger.version, name: ledger.name, shown: ledger.shown }
}
