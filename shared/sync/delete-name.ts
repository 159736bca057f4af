import { exists, type GroupStatus, shownBy } from '../membership/confirm.ts'
import { changeId } from '../membership/intent.ts'
import { isNewer, type Ledger, newerOf, noLedger } from '../membership/ledger.ts'
import { EMPTY } from '../membership/member-list.ts'
import { CONFIRM_WITHIN, LOOK_AGAIN } from '../membership/plan.ts'
import { askStatus } from './ask-status.ts'
import { withFailure } from './back-off.ts'
import { errorFacts } from './error-facts.ts'
import type { PutGroupPorts } from './put-group.ts'

/**
 * Deletes a name that nobody has wanted for days and that holds nobody. Once GetGroup shows that it is gone, it isn't ours: if
 * it is back, somebody else made it. Throws Conflict where somebody else wrote the row.
 */
export async function deleteName(ports: PutGroupPorts, before: Ledger): Promise<Ledger> {
  const { userStore, snapshot, telemetry, clock } = ports
  if (before.status === 'deleting') {
    const asked = await askStatus(ports, before, before.name)
    if ('unanswered' in asked) return asked.unanswered
    const next = afterDelete(before, asked.status, clock.now())
    if (next !== null) return next
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
  // One that had no answer may still land when the name is wanted again: what is put then is put against that, too.
  const doubt = { since: clock.now(), puts: 0 }
  try {
    const { overlapped } = await userStore.delete(name)
    telemetry.count('NamesDeleted')
    telemetry.info('a name is deleted: nobody has wanted it', { name })
    const acceptedAt = clock.now()
    return { ...ledger, acceptedAt, retryAt: acceptedAt + LOOK_AGAIN, doubt: overlapped ? doubt : ledger.doubt }
  } catch (error) {
    telemetry.warn('a name could not be deleted; it is tried again later', { name, ...errorFacts(error) })
    return withFailure({ ...ledger, doubt }, clock.now(), error)
  }
}

/** What comes of a deletion by what GetGroup says; null where it is to be made once more. */
function afterDelete(before: Ledger, status: GroupStatus | null, now: number): Ledger | null {
  if (!exists(status)) return givenUp(before)
  const isAccepted = before.acceptedAt >= before.meantAt
  if (isNewer(status, before.shown)) {
    if (status.status === 'FAILED') {
      const shown = newerOf(before.shown, shownBy(status))
      return withFailure({ ...before, acceptedAt: 0, shown }, now, { name: 'FAILED', errorCode: status.errorCode })
    }
    // It is there anew: somebody else made it.
    if (status.status !== 'DELETING') return givenUp(before)
  }
  // It takes a while, or GetGroup shows an old status.
  const isUnderWay = status.status === 'DELETING' || (isAccepted && now < before.acceptedAt + CONFIRM_WITHIN)
  return isUnderWay ? withFailure(before, now, { name: status.status }) : null
}

/** The ledger of a name that isn't ours any more: if it is back, somebody else made it. */
export function givenUp({ key, version, name, owner, spellings, shown, doubt }: Ledger): Ledger {
  // Without its last owner the name would go back to whoever bore it before.
  return { ...noLedger(key), version, name, owner, shown, doubt, ...(spellings === undefined ? {} : { spellings }) }
}
