import type { Bearer } from '../membership/claim.ts'
import { exists } from '../membership/confirm.ts'
import { diff } from '../membership/diff.ts'
import { fitsGlob } from '../membership/glob.ts'
import type { Breach } from '../membership/guard.ts'
import { withClaim } from '../membership/intent.ts'
import { EMPTY } from '../membership/member-list.ts'
import { nameKey } from '../membership/name-key.ts'
import { nextStep, targetOf } from '../membership/plan.ts'
import { refusalOf } from '../membership/refusal.ts'
import type { PlannedName } from '../membership/stage-plan.ts'
import { removalOf, withHeld } from './hold-removals.ts'
import { judgeRemovals } from './judge-removals.ts'
import { foreign, type PutGroupPorts } from './put-group.ts'
import type { Name } from './read-name.ts'
import { refuse } from './refuse.ts'
import { tellApart } from './tell-apart.ts'

/** A name, or a further spelling of one, who bears it, and what is wanted for it; `first` is as of `readName`. */
export type Borne = Omit<Name, 'bearers'> & { bearers: readonly Bearer[] }

/**
 * What putting a name would do now, by the recipes that put it: nothing is written but lists, into a snapshot that keeps them
 * in memory. Null for a spelling that the service takes for another, or of which that can't be told yet.
 * @param breach why everybody who would leave is held, where the guard holds every removal of the run
 */
export async function planName(
  ports: Pick<PutGroupPorts, 'userStore' | 'snapshot' | 'telemetry' | 'clock' | 'rules'>,
  { ledger: before, bearers, claim, first }: Borne,
  breach: Breach | null,
): Promise<PlannedName | null> {
  const { snapshot, clock, rules, userStore } = ports
  const now = clock.now()
  if (first !== null && (await tellApart(ports, before, claim, first, before.refusal)) !== null) return null
  let ledger = withClaim(before, claim, now, rules.groups.deleteAfter)
  let adopts = false
  const isAsked = claim !== null && ledger.refusal === null
  const known = isAsked ? refusalOf(claim.name, claim.count, rules.mostMembers, now) : null
  if (known !== null) ledger = await refuse(ports, ledger, claim, known)
  if (!ledger.ours && claim !== null && ledger.refusal === null) {
    const isThere = exists(await userStore.status(claim.name))
    adopts = isThere && fitsGlob(rules.groups.adopt, claim.name)
    if (isThere && !adopts) ledger = await refuse(ports, ledger, claim, foreign)
  }
  const removal = await removalOf(snapshot, ledger, claim)
  if (breach !== null && removal.leavers.length > 0) {
    ledger = await withHeld(snapshot, removal, breach, rules.guard, now)
  }
  const judged = await judgeRemovals(ports, ledger, claim)
  const target = targetOf(judged.ledger, claim)
  const listOf = (digest: string | null) => snapshot.list(digest ?? EMPTY)
  const { joined, left } = diff(await listOf(before.meant), await listOf(target ?? before.meant))
  const step = nextStep(judged.ledger, claim, now)
  const heldBefore = judged.ledger.holds.filter(({ id }) => before.holds.some((hold) => hold.id === id))
  const fresh = judged.ledger.holds.find((hold) => !heldBefore.includes(hold))
  const bearer = bearers.find(({ id }) => id === claim?.owner)
  const former = bearer?.formerNames.find(({ name }) => nameKey(name) === before.key)
  const { refusal, deleteAt, adjusted } = judged.ledger
  const until = deleteAt === null ? null : new Date(deleteAt).toISOString()
  return {
    name: before.ours ? before.name : (claim?.name ?? before.name),
    group: claim?.owner ?? null,
    isNew: !before.ours,
    adopts,
    joins: joined,
    leaves: left,
    empties: left.length > 0 && target === EMPTY,
    formerNameOf: former ? { name: bearer!.name!, until: new Date(former.until).toISOString() } : null,
    putAgain: step.do === 'put' && step.because !== 'wanted' && joined.length + left.length === 0 ? step.because : null,
    deletes: step.do === 'delete',
    deleteAt: before.ours ? until : null,
    refused: refusal && { reason: refusal.reason, detail: refusal.detail, remedy: refusal.remedy },
    doubles: claim?.doubles ?? [],
    held: await Promise.all(
      heldBefore.map(async ({ id, axis, detail, rejected, since, people }) => {
        return { id, axis, detail, rejected, since: new Date(since).toISOString(), people: await listOf(people) }
      }),
    ),
    wouldHold: fresh ? { people: await listOf(fresh.people), axis: fresh.axis, detail: fresh.detail } : null,
    keptOut: adjusted?.removed ?? [],
  }
}
