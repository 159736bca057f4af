import { withBehind } from '../membership/behind.ts'
import type { Claim } from '../membership/claim.ts'
import { exists, isUnconfirmed, unconfirmed } from '../membership/confirm.ts'
import { isAtRest } from '../membership/drift.ts'
import { fitsGlob } from '../membership/glob.ts'
import { withClaim } from '../membership/intent.ts'
import type { Ledger } from '../membership/ledger.ts'
import type { Mirror } from '../membership/mirror.ts'
import type { Check } from '../membership/nightly.ts'
import {
  LOOK_AGAIN,
  ledgerDueAt,
  nextStep,
  type Step,
  TELL_AGAIN,
  targetOf,
  WAIT_FOR_CONFIRMATION,
} from '../membership/plan.ts'
import { refusalOf } from '../membership/refusal.ts'
import { NO_FAILURES } from '../membership/set-aside.ts'
import { furtherKeys, withSpelling } from '../membership/spelling.ts'
import { askStatus } from './ask-status.ts'
import { withFailure } from './back-off.ts'
import { checkName } from './check-name.ts'
import { checkSettled, isSettledBy } from './check-settled.ts'
import type { Clock } from './clock.ts'
import { confirmPut } from './confirm-put.ts'
import { deleteName } from './delete-name.ts'
import { judgeRemovals } from './judge-removals.ts'
import { modeOf, whyNoPut } from './mode.ts'
import { noteFailure } from './note-failure.ts'
import { Conflict, type Doorbells, type Snapshot, type Telemetry, type UserStore } from './ports.ts'
import { putList } from './put-list.ts'
import { readName } from './read-name.ts'
import { refuse } from './refuse.ts'
import type { Rules } from './rules.ts'
import { tellApart } from './tell-apart.ts'
import { nameWhat, tellSetAside } from './tell-set-aside.ts'

/** What putting a name needs. */
export interface PutGroupPorts {
  userStore: UserStore
  snapshot: Snapshot
  doorbells: Doorbells
  telemetry: Telemetry
  clock: Clock
  rules: Pick<Rules, 'mode' | 'groups' | 'guard' | 'drift' | 'mostMembers'>
}

/** A put, and after a refusal one more without those who left. What takes more rounds is looked at again in a minute. */
const MOST_ROUNDS = 3
/** A name that is somebody else's is looked at again after this long: it may have been deleted, or adopted by the settings. */
const FOREIGN_AGAIN = 3_600_000
/** A name that is due while nothing is put is looked at again after this long. */
const STOPPED_AGAIN = 3_600_000

/**
 * Brings one name of the user store in step with what the mirror wants for it.
 *
 * 1. Read, consistently, the name's ledger and the mirrors of all who bear it; the claim is who of them has it.
 * 2. Where a put was accepted, ask GetGroup whether it has come to pass.
 * 3. A name or list that Q Business doesn't take, or that is somebody else's, is refused and recorded.
 * 4. The guard is asked whom the name keeps in though Okta has them out.
 * 5. Where there is nothing to put, a night's ring looks whether somebody else has written: that is drift, and is put over.
 * 6. Where the name isn't what it should be: write the intent, put, write down the answer, ask for confirmation.
 *    While puts are stopped it waits as it is: `go` rings every name that isn't in step.
 * 7. What is left to wait for is in the row. Whoever loses a write to the row rings the name again and stops.
 * 8. Further spellings of the name, and one that is borne now and is new, are rung: each is brought in step the same way.
 *
 * @param again tries what was refused once more
 * @param check what the night asks of the name
 */
export async function putGroup(
  ports: PutGroupPorts,
  key: string,
  again = false,
  check: Check | null = null,
): Promise<void> {
  const { snapshot, doorbells, telemetry, clock, rules } = ports
  try {
    const { ledger, bearers, claim, first } = await readName(snapshot, key)
    // Before anything can fail: who has left leaves every spelling.
    await doorbells.ringNames(furtherKeys(ledger), again)
    const owner = bearers.find(({ id }) => id === claim?.owner)
    const claimed = withClaim(ledger, claim, clock.now(), rules.groups.deleteAfter)
    const current = withBehind(claimed, claim, owner, clock.now())
    tellDoubles(telemetry, ledger, claim)
    const start = again ? { ...current, refusal: null, ...NO_FAILURES } : current
    const known = again ? null : ledger.refusal
    const untold = first === null ? null : await tellApart(ports, start, claim, first, known)
    const came = untold ?? (await bringInStep(ports, start, claim, owner?.causes ?? [], check))
    const done = withBehind(came, claim, owner, clock.now())
    const next = first === null ? withSpelling(done, bearers) : done
    const isUnchanged = JSON.stringify(next) === JSON.stringify(ledger)
    const written = isUnchanged ? ledger : await snapshot.putLedger(next)
    tellSetAside(telemetry, nameWhat(next, claim), ledger, next)
    // Until the first was put, the others had to wait for it.
    if (next !== done || (next.ours && !ledger.ours)) await doorbells.ringNames(furtherKeys(next), again)
    if (isSettledBy(ledger, written)) await checkSettled(ports, written)
  } catch (error) {
    if (error instanceof Conflict) {
      await doorbells.ringNames([key], again)
      return check === null ? undefined : await doorbells.ringChecks([{ key, ...check }])
    }
    await noteFailure(() => countFailure(ports, key, error))
    throw error
  }
}

async function countFailure({ snapshot, telemetry, clock }: PutGroupPorts, key: string, error: unknown): Promise<void> {
  const { ledger } = await snapshot.name(key)
  if (ledger.version === 0) return
  // An intent has no time to try again; the row had one before it.
  const retryAt = ledger.retryAt ?? ledger.before?.retryAt ?? null
  const failed = withFailure({ ...ledger, retryAt }, clock.now(), error)
  await snapshot.putLedger(failed)
  tellSetAside(telemetry, nameWhat(failed, null), ledger, failed)
}

/** Says once which groups don't get the name, since another has it. */
function tellDoubles(telemetry: Telemetry, ledger: Ledger, claim: Claim | null): void {
  const refused = (claim?.doubles ?? []).filter((id) => !ledger.doubles.includes(id))
  if (claim === null || refused.length === 0) return
  telemetry.count('NamesRefused', refused.length)
  telemetry.warn('a name is refused', {
    name: claim.name,
    groups: refused,
    reason: 'double',
    detail: `group ${claim.owner} has the name already, and keeps it`,
    remedy: 'rename one of the groups in Okta, or leave one out of scope',
  })
}

/** Does what is to be done, and answers the row as it is to be written. */
async function bringInStep(
  ports: PutGroupPorts,
  start: Ledger,
  claim: Claim | null,
  causes: Mirror['causes'],
  check: Check | null,
): Promise<Ledger> {
  const { clock, telemetry } = ports
  let ledger = start
  let isAnswered = true
  if (isUnconfirmed(ledger)) {
    const confirmation = await confirmPut(ports, ledger, claim)
    ledger = confirmation.ledger
    if (confirmation.came === 'to be tried again') return ledger
    isAnswered = confirmation.came === 'answer'
  }
  const isAsked = claim !== null && ledger.refusal === null
  const known = isAsked ? refusalOf(claim.name, claim.count, ports.rules.mostMembers, clock.now()) : null
  if (known !== null) ledger = await refuse(ports, ledger, claim, known)
  if (!ledger.ours && claim !== null && ledger.refusal === null) {
    const asked = await askStatus(ports, ledger, claim.name)
    if ('unanswered' in asked) return asked.unanswered
    if (asked.status?.status === 'DELETING') return { ...ledger, retryAt: clock.now() + LOOK_AGAIN }
    if (exists(asked.status) && !fitsGlob(ports.rules.groups.adopt, claim.name)) {
      return refuse(ports, ledger, claim, { ...foreign, until: clock.now() + FOREIGN_AGAIN })
    }
  }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const judged = await judgeRemovals(ports, ledger, claim)
    ledger = toldOf(telemetry, judged.ledger, clock.now())
    let step = nextStep(ledger, claim, clock.now())
    if (step.do === 'rest' && round === 0) {
      // Nothing that Okta has changed waits for this.
      const checked = await checkName(ports, ledger, claim, check)
      ledger = checked.ledger
      step = checked.refresh ? anew(ledger) : nextStep(ledger, claim, clock.now())
    }
    if (step.do === 'give up confirming') {
      telemetry.count('PutsUnconfirmed')
      return unconfirmed(ledger)
    }
    if (step.do === 'rest') return withNextLook(ledger, claim, clock.now(), isAnswered)
    if (!(await mayPut(ports, ledger, claim))) return waiting(ledger, claim, clock.now(), isAnswered)
    if (step.do === 'delete') return deleteName(ports, ledger)
    const put = await putList(ports, ledger, claim, step, causes, judged.spending)
    ledger = put.ledger
    if (put.came !== 'answer') return ledger
    if (ledger.status === 'accepted') return withNextLook(ledger, claim, clock.now(), true)
  }
  return { ...ledger, retryAt: clock.now() + LOOK_AGAIN }
}

/** A list that was put is put once more though it is what is wanted. */
function anew(ledger: Ledger): Step {
  if (!isAtRest(ledger) || ledger.meant === null) return { do: 'rest' }
  const doubtful = ledger.status === 'unconfirmed'
  return { do: 'put', digest: ledger.meant, because: 'refresh', doubtful }
}

/** Why a name that is somebody else's is refused. */
export const foreign = {
  reason: 'foreign',
  detail: 'the user store has a group of this name that was not put by this stage',
  remedy: 'name it in groups.adopt in the settings to take it over, or rename or delete one of the two',
} as const

/** Says again that people are held, as long as nobody has decided about them. */
function toldOf(telemetry: Telemetry, ledger: Ledger, now: number): Ledger {
  const open = ledger.holds.filter(({ rejected }) => rejected === null)
  if (open.length === 0 || ledger.holdsToldAt + TELL_AGAIN > now) return ledger
  const people = open.reduce((sum, { count }) => sum + count, 0)
  telemetry.count('PeopleHeld', people)
  telemetry.error('removals are held until a person lets them go', {
    name: ledger.name,
    group: ledger.owner,
    people,
    holds: open.map(({ id, since, axis, detail }) => ({ id, since: new Date(since).toISOString(), axis, detail })),
    remedy: 'see who it is with q-group-sync held, then approve or reject',
  })
  return { ...ledger, holdsToldAt: now }
}

/** Whether anything may be put now, read before each intent, so that a stop counts from the next put on. */
async function mayPut(
  { snapshot, telemetry, rules }: PutGroupPorts,
  ledger: Ledger,
  claim: Claim | null,
): Promise<boolean> {
  const why = whyNoPut(modeOf(await snapshot.identity(), rules.mode))
  if (why === null) return true
  telemetry.info('a put waits', { name: claim?.name ?? ledger.name, group: claim?.owner ?? ledger.owner, because: why })
  return false
}

/** A name whose put waits. What would make the row due again and again is put off; a row that has no such fact stays as it is. */
function waiting(ledger: Ledger, claim: Claim | null, now: number, isAnswered: boolean): Ledger {
  const next = ledger.status === 'accepted' ? withNextLook(ledger, claim, now, isAnswered) : ledger
  return (ledgerDueAt(next) ?? Number.POSITIVE_INFINITY) > now ? next : { ...next, retryAt: now + STOPPED_AGAIN }
}

/** When a name at rest is looked at again: an accepted put in a minute, and when a change has waited for it long enough. */
function withNextLook(ledger: Ledger, claim: Claim | null, now: number, isAnswered: boolean): Ledger {
  // What was to be tried again isn't wanted any more.
  if (ledger.status !== 'accepted') return isAnswered ? { ...ledger, ...NO_FAILURES } : ledger
  const look = isAnswered ? now + LOOK_AGAIN : (ledger.retryAt ?? now + LOOK_AGAIN)
  const isOvertaken = ledger.meant !== targetOf(ledger, claim)
  return { ...ledger, retryAt: isOvertaken ? Math.min(look, ledger.acceptedAt + WAIT_FOR_CONFIRMATION) : look }
}
