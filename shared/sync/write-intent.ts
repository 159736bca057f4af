import { spend } from '../membership/budget.ts'
import { breachOf } from '../membership/judge.ts'
import type { Ledger } from '../membership/ledger.ts'
import type { Spending } from './judge-removals.ts'
import { BudgetTaken, Conflict } from './ports.ts'
import type { PutGroupPorts } from './put-group.ts'
import type { Change } from './records.ts'

/**
 * Writes an intent, and takes what it spends of the guard's budgets in the same transaction: two functions can't spend the
 * same, and one that dies has spent nothing that it didn't mean. Throws Conflict where somebody else wrote the row, or has
 * spent what was left meanwhile, so that the name is judged again.
 */
export async function writeIntent(
  { snapshot, clock, rules }: Pick<PutGroupPorts, 'snapshot' | 'clock' | 'rules'>,
  intent: Ledger,
  change: Change,
  spending: Spending | null,
): Promise<Ledger> {
  if (spending === null) return snapshot.putLedger(intent, change)
  const leaving = intent.leaving === null ? null : { ...intent.leaving, count: intent.leaving.count - spending.left }
  for (;;) {
    const budget = await snapshot.budget()
    const now = clock.now()
    const breach = breachOf(rules.guard, budget, spending, { meant: spending.meant, leaving }, now)
    if (breach !== null) throw new Conflict(`others have spent what the guard lets go meanwhile: ${breach.axis}`)
    try {
      return await snapshot.putLedger(intent, change, spend(budget, spending, now))
    } catch (error) {
      if (!(error instanceof BudgetTaken)) throw error
    }
  }
}
