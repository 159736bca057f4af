import type { Claim } from '../membership/claim.ts'
import { shownBy } from '../membership/confirm.ts'
import { diff } from '../membership/diff.ts'
import { driftShown } from '../membership/drift.ts'
import { changeId, withIntent, withoutIntent } from '../membership/intent.ts'
import { type Ledger, newerOf } from '../membership/ledger.ts'
import { causeIds, type Mirror } from '../membership/mirror.ts'
import { LOOK_AGAIN, type Step } from '../membership/plan.ts'
import { askStatus } from './ask-status.ts'
import { withFailure } from './back-off.ts'
import { type Confirmation, confirmPut } from './confirm-put.ts'
import { errorFacts } from './error-facts.ts'
import type { Spending } from './judge-removals.ts'
import { markOverlapped } from './mark-overlapped.ts'
import { Conflict, PutError } from './ports.ts'
import type { PutGroupPorts } from './put-group.ts'
import { readName } from './read-name.ts'
import { dayOf, tellDrift, timesOf } from './record-drift.ts'
import type { Change } from './records.ts'
import { REFUSED_AGAIN, refuse } from './refuse.ts'
import { nameWhat, tellSetAside } from './tell-set-aside.ts'
import { writeIntent } from './write-intent.ts'

type Put = Extract<Step, { do: 'put' }>

/** After a put, GetGroup is asked this often within the function's time: milliseconds between the questions. */
const ASK_AFTER = [50, 200, 500, 1_000]
/** A used-up quota is tried again after this long. */
const QUOTA_AGAIN = 6 * 3_600_000

/**
 * Puts one list under a name: the intent before the effect, with the row's version as the fence. Throws Conflict where
 * somebody else wrote the row, or has spent what the guard lets go. Answers the ledger after it, and whether it was answered; what isn't `confirmed` is still to
 * be waited for.
 */
export async function putList(
  ports: PutGroupPorts,
  before: Ledger,
  claim: Claim | null,
  wanted: Put,
  causes: Mirror['causes'],
  spending: Spending | null,
): Promise<Confirmation> {
  const { userStore, snapshot, telemetry, clock } = ports
  const userIds = await snapshot.list(wanted.digest)
  // What it shows before the put: only something newer confirms it. A removal doesn't wait for GetGroup to answer.
  const asked = await askStatus(ports, before, before.ours ? before.name : claim!.name)
  if ('unanswered' in asked && !before.ours) return { ledger: asked.unanswered, came: 'no answer' }
  const status = 'status' in asked ? asked.status : null
  // A put against doubt goes over the puts that are doubted: that makes no new doubt.
  const isBusy = status?.status === 'PROCESSING' || status?.status === 'DELETING'
  const isUnderWay = isBusy && wanted.because !== 'doubt'
  const step = { ...wanted, doubtful: wanted.doubtful || 'unanswered' in asked || isUnderWay }
  const at = clock.now()
  const found = 'status' in asked ? driftShown(before, status) : null
  const seen = found === null ? before : { ...before, drift: { found, since: at, mayPut: true, askedOn: dayOf(at) } }
  let ledger = status === null ? seen : { ...seen, shown: newerOf(before.shown, shownBy(status)) }
  const change = await changeOf(ports, ledger, claim, step, userIds, causes, at)
  const intent = withIntent(ledger, claim, step, at, spending?.left ?? 0)
  ledger = await writeIntent(ports, { ...intent, name: change.name, change: change.id }, change, spending)
  if (found !== null) tellDrift(telemetry, ledger, timesOf(before, status))
  await checkNotOvertaken(ports, ledger, claim, change)
  try {
    const { requestId, overlapped } = await userStore.put(ledger.name, userIds, ledger.emptyFails)
    telemetry.count('PutsAccepted')
    const queued = change.causes.flatMap(({ queuedAt }) => queuedAt ?? [])
    if (queued.length > 0) telemetry.count('HookToAccepted', Math.max(0, clock.now() - Math.min(...queued)))
    const { name, owner: group, key } = ledger
    telemetry.info('a list was put', {
      name,
      group,
      members: userIds.length,
      joined: change.joined,
      left: change.left,
      because: step.because,
      requestId,
      causes: causeIds(change.causes),
    })
    await snapshot.putOutcome(key, change.id, { outcome: 'accepted', requestId, at: clock.now() })
    const acceptedAt = clock.now()
    const doubt = overlapped ? { since: acceptedAt, puts: 0 } : ledger.doubt
    ledger = await snapshot.putLedger({ ...ledger, status: 'accepted', acceptedAt, doubt })
  } catch (error) {
    if (error instanceof Conflict) await markOverlapped(snapshot, ledger.key, clock.now())
    if (!(error instanceof PutError)) throw error
    return afterError(ports, ledger, claim, change, error)
  }
  let confirmation: Confirmation = { ledger, came: 'answer' }
  for (const wait of ASK_AFTER) {
    await clock.sleep(wait)
    confirmation = await confirmPut(ports, confirmation.ledger, claim)
    if (confirmation.ledger.status !== 'accepted' || confirmation.came !== 'answer') break
  }
  return confirmation
}

/**
 * Whoever stood still before the intent has decided by what was wanted then, and others may have found nothing to do since: their row
 * is as it was. What changes from here on finds the intent. Throws Conflict where something else is wanted by now.
 */
async function checkNotOvertaken(
  { snapshot, clock }: PutGroupPorts,
  intent: Ledger,
  claim: Claim | null,
  change: Change,
): Promise<void> {
  const { claim: now } = await readName(snapshot, intent.key)
  if (now?.digest === claim?.digest && now?.owner === claim?.owner) return
  await snapshot.putOutcome(intent.key, change.id, { outcome: 'overtaken', at: clock.now() })
  await snapshot.putLedger(withoutIntent(intent))
  throw new Conflict(`another list is wanted by now for ${intent.key}`)
}

async function afterError(
  ports: PutGroupPorts,
  ledger: Ledger,
  claim: Claim | null,
  change: Change,
  error: PutError,
): Promise<Confirmation> {
  const { snapshot, telemetry, clock } = ports
  const now = clock.now()
  await snapshot.putOutcome(ledger.key, change.id, { outcome: error.kind, at: now })
  telemetry.count('PutsFailed')
  telemetry.warn('a put was not accepted', { name: ledger.name, group: ledger.owner, ...errorFacts(error) })
  const failed = (row: Ledger) => withFailure({ ...row, retryAt: ledger.before?.retryAt ?? null }, now, error)
  const later = (row: Ledger): Confirmation => ({ ledger: failed(row), came: 'to be tried again' })
  if (error.kind === 'unknown') return later({ ...ledger, doubt: { since: now, puts: 0 } })
  const restored = withoutIntent(ledger)
  if (error.kind === 'denied') {
    const denied = await snapshot.putLedger(failed(restored))
    tellSetAside(telemetry, nameWhat(denied, claim), ledger, denied)
    throw error
  }
  // Somebody changes the group, or our last put is still being worked on: that may end any minute.
  if (error.kind === 'conflict')
    return { ledger: { ...restored, retryAt: now + LOOK_AGAIN }, came: 'to be tried again' }
  // Where what may be put instead is refused too, only time can help.
  if (error.kind === 'throttled' || restored.refusal !== null) return later(restored)
  const [reason, again] =
    error.kind === 'quota' ? (['quota', QUOTA_AGAIN] as const) : (['service', REFUSED_AGAIN] as const)
  return {
    ledger: await refuse(ports, restored, claim, { reason, ...refusedByService, until: now + again }, change.after),
    came: 'answer',
  }
}

const refusedByService = {
  detail: 'Amazon Q Business does not take the list; its answer is in the log of the stage by the request id',
  remedy: 'change the group in Okta, or leave it out of scope; it is tried again when it changes, and once a day',
}

async function changeOf(
  { snapshot }: PutGroupPorts,
  ledger: Ledger,
  claim: Claim | null,
  step: Put,
  userIds: string[],
  causes: Mirror['causes'],
  at: number,
): Promise<Change> {
  const meant = ledger.meant === null ? [] : await snapshot.list(ledger.meant)
  const { joined, left } = diff(meant, userIds)
  const newCauses = causes.filter(({ change }) => ledger.owner !== claim?.owner || change > ledger.ownerChange)
  return {
    key: ledger.key,
    id: changeId(ledger, at),
    name: ledger.ours ? ledger.name : claim!.name,
    owner: claim?.owner ?? ledger.owner,
    before: ledger.meant,
    after: step.digest,
    joined: joined.length,
    left: left.length,
    held: ledger.holds.reduce((sum, { count }) => sum + count, 0),
    because: step.because,
    ...(ledger.approval === null ? {} : { approval: ledger.approval.holds }),
    causes: newCauses,
    at,
  }
}
