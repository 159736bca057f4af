import type { Budget, Spent } from '../membership/budget.ts'
import { canonicalId } from '../membership/canonical-id.ts'
import type { Claim } from '../membership/claim.ts'
import { reduce, without } from '../membership/diff.ts'
import { tellBreach } from '../membership/guard.ts'
import type { Hold } from '../membership/hold.ts'
import { judge } from '../membership/judge.ts'
import type { Ledger } from '../membership/ledger.ts'
import { digestOf } from '../membership/member-list.ts'
import { desiredOf } from '../membership/plan.ts'
import type { Snapshot, Telemetry } from './ports.ts'
import type { PutGroupPorts } from './put-group.ts'

type Ports = Pick<PutGroupPorts, 'snapshot' | 'telemetry' | 'clock' | 'rules'>

/** What an intent takes of the guard's budgets, and the list it takes it from. */
export type Spending = Spent & { meant: readonly string[] }

/**
 * Asks the guard, as before every intent: the ledger with whom it holds and with what is to be put instead of what is wanted,
 * and what the intent takes of the budgets. Every list that the ledger names then is stored.
 */
export async function judgeRemovals(
  ports: Ports,
  ledger: Ledger,
  claim: Claim | null,
): Promise<{ ledger: Ledger; spending: Spending | null }> {
  const { snapshot, clock, rules } = ports
  const budget = await snapshot.budget()
  const now = clock.now()
  const wanted = desiredOf(ledger, claim)
  const { meant, letGo, approval, holds, adjusted } = ledger
  const removed = budget.removed.filter(({ until }) => until > now)
  const asWanted = { ledger: { ...ledger, adjusted: null, approval: null }, spending: null }
  if (wanted === null) return asWanted
  const hasRemoved = removed.length > 0 || (adjusted?.removed.length ?? 0) > 0
  if (wanted === meant && holds.length === 0 && !hasRemoved) return asWanted
  const isJudged = adjusted?.wanted === wanted && adjusted.target === meant && approval === null
  if (isJudged && !hasRemoved) return { ledger, spending: null }

  const listOf = async (digest: string | null) => (digest === null ? [] : snapshot.list(digest))
  const wantedIds = await listOf(wanted)
  const before = await listOf(meant)
  const out = removed.map(({ id }) => id)
  const letGoBefore = letGo?.from === meant ? without(await listOf(letGo.from), await listOf(letGo.to)) : []
  const people = await Promise.all(holds.map((hold) => listOf(hold.people)))
  const judgement = judge(
    rules.guard,
    budget,
    {
      meant: before,
      desired: without(wantedIds, out),
      held: people.map((ids) => without(ids, out)),
      free: [...out, ...letGoBefore, ...(await listOf(approval?.people ?? null))],
      leaving: ledger.leaving,
    },
    now,
  )
  const kept = await keptHolds(snapshot, holds, people, judgement.held)
  const hold = judgement.fresh === null ? [] : [await holdOf(ports, ledger, judgement.fresh)]
  if (judgement.isFull) tellFull(ports.telemetry, ledger)
  const target = digestOf(judgement.target)
  if (target !== wanted && target !== meant) await snapshot.putList(target, judgement.target)
  const left = { ...judgement.spends, meant: before }
  return {
    ledger: {
      ...ledger,
      holds: [...kept, ...hold],
      // Okta has them in again, or they are out already: an approval isn't kept for another day.
      approval: target === meant ? null : approval,
      // What nobody has heard of yet is said at once.
      holdsToldAt: hold.length > 0 ? 0 : ledger.holdsToldAt,
      adjusted: target === wanted ? null : { wanted, target, ...removedHere(budget, wantedIds, out) },
    },
    spending: left.left > 0 ? left : null,
  }
}

/** Who of what is wanted was removed by hand, and until when the first of them is. */
function removedHere({ removed }: Budget, wanted: readonly string[], out: string[]) {
  const ids = reduce(wanted, out).map(canonicalId)
  const ends = removed.filter(({ id }) => ids.includes(canonicalId(id))).map(({ until }) => until)
  return { removed: ids, until: ends.length > 0 ? Math.min(...ends) : null }
}

/** The holds without those whom Okta has in again, or who are out of the name. */
async function keptHolds(snapshot: Snapshot, holds: Hold[], before: string[][], after: string[][]): Promise<Hold[]> {
  const kept = await Promise.all(
    holds.map(async (hold, index) => {
      const people = after[index]!
      if (people.length === before[index]!.length) return hold
      const digest = digestOf(people)
      await snapshot.putList(digest, people)
      return { ...hold, people: digest, count: people.length }
    }),
  )
  return kept.filter(({ count }) => count > 0)
}

async function holdOf(
  { snapshot, clock, rules }: Ports,
  ledger: Ledger,
  { people, breach }: NonNullable<ReturnType<typeof judge>['fresh']>,
): Promise<Hold> {
  const digest = digestOf(people)
  await snapshot.putList(digest, people)
  const detail = tellBreach(breach, rules.guard)
  return newHold(ledger, { people: digest, count: people.length, axis: breach.axis, detail }, clock.now())
}

/** A hold that nobody has heard of yet. */
export function newHold(
  { version }: Ledger,
  why: Pick<Hold, 'people' | 'count' | 'axis' | 'detail'>,
  now: number,
): Hold {
  return { ...why, id: String(version + 1), since: now, rejected: null }
}

function tellFull(telemetry: Telemetry, { name, holds }: Ledger): void {
  telemetry.warn('nobody is let in: those who are held leave no room', {
    name,
    held: holds.reduce((sum, { count }) => sum + count, 0),
    remedy: 'see who it is with q-group-sync held, then approve or reject',
  })
}
