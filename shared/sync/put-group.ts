import { type Claim, claimOf } from '../membership/claim.ts'
import { exists, unconfirmed } from '../membership/confirm.ts'
import { fitsGlob } from '../membership/glob.ts'
import { withClaim } from '../membership/intent.ts'
import type { Ledger } from '../membership/ledger.ts'
import type { Mirror } from '../membership/mirror.ts'
import { nextStep, targetOf, WAIT_FOR_CONFIRMATION } from '../membership/plan.ts'
import { refusalOf } from '../membership/refusal.ts'
import { askStatus } from './ask-status.ts'
import type { Clock } from './clock.ts'
import { confirmPut } from './confirm-put.ts'
import { deleteName } from './delete-name.ts'
import { Conflict, type Doorbells, type Snapshot, type Telemetry, type UserStore } from './ports.ts'
import { putList } from './put-list.ts'
import { refuse } from './refuse.ts'
import type { Rules } from './rules.ts'

/** What putting a name needs. */
export interface PutGroupPorts {
  userStore: UserStore
  snapshot: Snapshot
  doorbells: Doorbells
  telemetry: Telemetry
  clock: Clock
  rules: Pick<Rules, 'groups'>
}

/** A put, and after a refusal one more without those who left; more rounds than that wait for another ring. */
const MOST_ROUNDS = 3
/** A put that isn't confirmed yet is looked at again after this long. */
const LOOK_AGAIN = 60_000

/**
 * Brings one name of the user store in step with what the mirror wants for it.
 *
 * 1. Read, consistently, the name's ledger and the mirrors of all who bear it; the claim is who of them has it.
 * 2. Where a put was accepted, ask GetGroup whether it has come to pass.
 * 3. A name or list that Q Business doesn't take, or that is somebody else's, is refused and recorded.
 * 4. Where the name isn't what it should be: write the intent, put, write down the answer, ask for confirmation.
 * 5. What is left to wait for is in the row. Whoever loses a write to the row rings the name again and stops.
 *
 * @param again tries what was refused once more
 */
export async function putGroup(ports: PutGroupPorts, key: string, again = false): Promise<void> {
  const { snapshot, doorbells, clock, rules } = ports
  try {
    const { ledger, bearers } = await snapshot.name(key)
    const claim = claimOf(key, ledger.owner, bearers)
    const current = withClaim(ledger, claim, clock.now(), rules.groups.deleteAfter)
    const causes = bearers.find(({ id }) => id === claim?.owner)?.causes ?? []
    const next = await bringInStep(ports, again ? { ...current, refusal: null } : current, claim, causes)
    if (JSON.stringify(next) !== JSON.stringify(ledger)) await snapshot.putLedger(next)
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    await doorbells.ringNames([key])
  }
}

/** Does what is to be done, and answers the row as it is to be written. */
async function bringInStep(
  ports: PutGroupPorts,
  start: Ledger,
  claim: Claim | null,
  causes: Mirror['causes'],
): Promise<Ledger> {
  const { clock } = ports
  let ledger = start
  if (ledger.status === 'accepted') {
    ledger = await confirmPut(ports, ledger, claim)
    // A put that FAILED is tried again later; where GetGroup gave no answer, a change goes on all the same.
    if (ledger.status === 'putting' && ledger.retryAt !== null) return ledger
  }
  const known = claim !== null && ledger.refusal === null ? refusalOf(claim.name, claim.count) : null
  if (known !== null) ledger = await refuse(ports, ledger, claim, known)
  if (!ledger.ours && claim !== null && ledger.refusal === null) {
    const asked = await askStatus(ports, ledger, claim.name)
    if ('unanswered' in asked) return asked.unanswered
    if (asked.status?.status === 'DELETING') return { ...ledger, retryAt: clock.now() + LOOK_AGAIN }
    if (exists(asked.status) && !fitsGlob(ports.rules.groups.adopt, claim.name)) {
      return refuse(ports, ledger, claim, foreign)
    }
  }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const step = nextStep(ledger, claim, clock.now())
    if (step.do === 'give up confirming') {
      ports.telemetry.count('PutsUnconfirmed')
      return unconfirmed(ledger)
    }
    if (step.do === 'delete') return deleteName(ports, ledger)
    if (step.do === 'rest') return ledger.failures > start.failures ? ledger : withNextLook(ledger, claim, clock.now())
    ledger = await putList(ports, ledger, claim, step, causes)
    if (ledger.status === 'accepted') return withNextLook(ledger, claim, clock.now())
    if (ledger.retryAt !== null) return ledger
  }
  return { ...ledger, retryAt: clock.now() + LOOK_AGAIN }
}

const foreign = {
  reason: 'foreign',
  detail: 'the user store has a group of this name that was not put by this stage',
  remedy: 'name it in groups.adopt in the settings to take it over, or rename one of the two',
} as const

function withNextLook(ledger: Ledger, claim: Claim | null, now: number): Ledger {
  // What was to be tried again isn't wanted any more.
  if (ledger.status !== 'accepted') return { ...ledger, failures: 0, retryAt: null }
  const overdue =
    ledger.meant === targetOf(ledger, claim) ? Number.POSITIVE_INFINITY : ledger.acceptedAt + WAIT_FOR_CONFIRMATION
  return { ...ledger, retryAt: Math.min(now + LOOK_AGAIN, overdue) }
}
