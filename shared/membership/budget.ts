/** What was taken away, and how many names were emptied. */
export interface Spent {
  left: number
  emptied: number
}

/**
 * What was spent of the guard's budgets lately, and what there is: one row of the table, taken by a conditional write together
 * with each intent that takes somebody out. Times are epoch milliseconds of the writing function's clock.
 */
export interface Budget {
  version: number
  /** By the hour in which it was spent. */
  hours: (Spent & { hour: number })[]
  /** Memberships and names of ours when they were last counted, by a reconcile; null before the first. */
  totals: { memberships: number; names: number } | null
  /** Who was removed by hand. */
  removed: Removed[]
}

/** Somebody who was removed from every name by hand, and stays out until Okta says so or `until` has passed. */
export interface Removed {
  /** The user id, as Amazon Q Business compares them. */
  id: string
  at: number
  until: number
  by: string
  reason: string
}

/** Nothing was spent yet. */
export const UNSPENT: Budget = { version: 0, hours: [], totals: null, removed: [] }

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What was spent in the last 24 hours; what was spent in the hour that ends then counts whole. */
export function spentIn(budget: Budget, now: number): Spent {
  const recent = budget.hours.filter(({ hour }) => isRecent(hour, now))
  const sum = (of: keyof Spent) => recent.reduce((total, spent) => total + spent[of], 0)
  return { left: sum('left'), emptied: sum('emptied') }
}

/** The budget after so much more is spent. */
export function spend(budget: Budget, { left, emptied }: Spent, now: number): Budget {
  const hour = Math.floor(now / HOUR) * HOUR
  const others = budget.hours.filter((spent) => spent.hour !== hour && isRecent(spent.hour, now))
  const known = budget.hours.find((spent) => spent.hour === hour) ?? { left: 0, emptied: 0 }
  const latest = { hour, left: known.left + left, emptied: known.emptied + emptied }
  return { ...budget, hours: [...others, latest] }
}

function isRecent(hour: number, now: number): boolean {
  return hour + HOUR + DAY > now
}
