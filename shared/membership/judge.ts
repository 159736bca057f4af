import { type Budget, type Spent, spentIn } from './budget.ts'
import { reduce, without } from './diff.ts'
import { type Breach, type Count, guard, type Limits } from './guard.ts'
import type { Ledger } from './ledger.ts'
import { MOST_MEMBERS } from './refusal.ts'

/** What is judged: a name's list as last meant and as it should be, and what people have decided about it. */
export interface Case {
  meant: readonly string[]
  desired: readonly string[]
  /** The people of each hold. */
  held: readonly (readonly string[])[]
  /** People who leave without being asked for: a person lets them go, or they were let go before without effect. */
  free: readonly string[]
  leaving: Ledger['leaving']
}

/** What comes of it. */
export interface Judgement {
  /** The list to be put. */
  target: string[]
  /** Who of each hold is still held. */
  held: string[][]
  /** Who is held from now on, and why; null where nobody is. */
  fresh: { people: string[]; breach: Breach } | null
  /** What the intent takes of the budgets. */
  spends: Spent
  /** Whether those who are held leave no room for those who come. */
  isFull: boolean
}

/** People who leave a name within so many milliseconds leave it together: a mass removal in Okta is seen by many reads. */
const TOGETHER = 15 * 60_000

/**
 * Whom a name keeps. Who is held stays in, who comes is let in, and who leaves besides is judged: by himself and those who
 * leave with him, never with those who are held already.
 * @param now epoch milliseconds
 */
export function judge(limits: Limits, budget: Budget, one: Case, now: number): Judgement {
  const leavers = without(one.meant, one.desired)
  const held = one.held.map((people) => reduce(leavers, people))
  const judged = without(leavers, [...held.flat(), ...one.free])
  const isEmptied = without(leavers, held.flat()).length === one.meant.length && one.desired.length === 0
  const spends = { left: judged.length, emptied: isEmptied && judged.length > 0 ? 1 : 0 }
  const breach = judged.length === 0 ? null : breachOf(limits, budget, spends, one, now)
  const fresh = breach === null ? null : { people: judged, breach }
  const keep = [...new Set([...held.flat(), ...(fresh?.people ?? [])])]
  const whole = [...one.desired, ...without(keep, one.desired)].sort()
  const isFull = keep.length > 0 && whole.length > MOST_MEMBERS
  const target = isFull ? reduce(one.meant, whole) : whole
  return { target, held, fresh, spends: breach === null ? spends : { left: 0, emptied: 0 }, isFull }
}

/** The axis that an intent goes over which takes so much of the budgets; null where it may go. */
export function breachOf(
  limits: Limits,
  budget: Budget,
  { left, emptied }: Spent,
  { meant, leaving }: Pick<Case, 'meant' | 'leaving'>,
  now: number,
): Breach | null {
  const spent = spentIn(budget, now)
  const before = leftLately(leaving, now)
  const name: Count = { count: before + left, of: before + meant.length }
  const all: Count = { count: spent.left + left, of: budget.totals?.memberships ?? null }
  const names: Count = { count: spent.emptied + emptied, of: budget.totals?.names ?? null }
  return guard(limits, { name, all, ...(emptied > 0 ? { emptied: names } : {}) })
}

/** The axis that a whole run goes over which takes so much, with what was spent before it; null where it may go. */
export function breachOfRun(limits: Limits, budget: Budget, { left, emptied }: Spent, now: number): Breach | null {
  const spent = spentIn(budget, now)
  return guard(limits, {
    ...(left > 0 ? { all: { count: spent.left + left, of: budget.totals?.memberships ?? null } } : {}),
    ...(emptied > 0 ? { emptied: { count: spent.emptied + emptied, of: budget.totals?.names ?? null } } : {}),
  })
}

/** The ledger's `leaving` after so many more have left. */
export function withLeft(leaving: Ledger['leaving'], left: number, now: number): Ledger['leaving'] {
  if (left === 0) return leaving
  const before = leftLately(leaving, now)
  return { since: before > 0 ? leaving!.since : now, count: before + left }
}

function leftLately(leaving: Ledger['leaving'], now: number): number {
  return leaving === null || leaving.since + TOGETHER <= now ? 0 : leaving.count
}
