import { exists } from '../membership/confirm.ts'
import { changeId } from '../membership/intent.ts'
import { isNewer, type Ledger, noLedger } from '../membership/ledger.ts'
import { EMPTY } from '../membership/member-list.ts'
import { askStatus } from './ask-status.ts'
import { withFailure } from './back-off.ts'
import { errorFacts } from './error-facts.ts'
import type { PutGroupPorts } from './put-group.ts'

/**
 * Deletes a name that nobody has wanted for days and that holds nobody. Afterwards it isn't ours: if it is back, somebody
 * else made it. Throws Conflict where somebody else wrote the row.
 */
export async function deleteName(ports: PutGroupPorts, before: Ledger): Promise<Ledger> {
  const { userStore, snapshot, telemetry, clock } = ports
  if (before.status === 'deleting') {
    // An answer was lost: what is there now may be gone, or somebody else's since.
    const asked = await askStatus(ports, before, before.name)
    if ('unanswered' in asked) return asked.unanswered
    const { status } = asked
    if (!exists(status) || (status.status !== 'DELETING' && isNewer(status, before.shown))) return givenUp(before)
  }
  const at = clock.now()
  const { key, name, owner, meant } = before
  const intent = { ...before, status: 'deleting', meantAt: at, retryAt: null } as const
  const change = { joined: 0, left: 0, held: 0, because: 'nobody has wanted it', causes: [], at }
  const ledger = await snapshot.putLedger(intent, {
    ...change,
    key,
    id: changeId(before, at),
    name,
    owner,
    before: meant,
    after: EMPTY,
  })
  try {
    await userStore.delete(name)
  } catch (error) {
    telemetry.warn('a name could not be deleted; it is tried again later', { name, ...errorFacts(error) })
    return withFailure(ledger, clock.now(), error)
  }
  telemetry.count('NamesDeleted')
  telemetry.info('a name is deleted: nobody has wanted it', { name })
  return givenUp(ledger)
}

function givenUp({ key, version, name, shown }: Ledger): Ledger {
  return { ...noLedger(key), version, name, shown }
}
