import pMap from 'p-map'
import type { Spent } from '../membership/budget.ts'
import { isInStep } from '../membership/plan.ts'
import { compareRemoved } from './compare-removed.ts'
import { removalOf, withHeld } from './hold-removals.ts'
import { BudgetTaken, Conflict, type Snapshot } from './ports.ts'
import type { ReadGroupPorts } from './read-group.ts'
import { readName } from './read-name.ts'
import { type Named, readNames } from './read-names.ts'
import type { Run } from './rows.ts'

type Ports = Pick<ReadGroupPorts, 'snapshot' | 'doorbells' | 'clock' | 'rules'>

/** How many names are looked into at once. */
const AT_ONCE = 16

/**
 * Compares every name's ledger with what the mirrors want for it, by digests and from the index, and rings the names that
 * aren't in step. Where the guard holds every removal of the run, they are held first. Answers how many were rung.
 */
export async function compareNames({ snapshot, doorbells, clock, rules }: Ports, { breach }: Run): Promise<number> {
  const { names, mirrors } = await readNames(snapshot)
  const different = names.filter(isDifferent)
  const isWhole = mirrors.every(({ state }) => state !== 'unread')
  if (breach !== null) {
    await pMap(
      different,
      async ({ key }) => {
        for (let isHeld = false; !isHeld; ) {
          const { ledger, claim } = await readName(snapshot, key)
          const removal = await removalOf(snapshot, ledger, claim)
          if (removal.leavers.length === 0) return
          const held = await withHeld(snapshot, removal, breach, rules.guard, clock.now())
          isHeld = await snapshot.putLedger(held).then(() => true, ifLost)
        }
      },
      { concurrency: AT_ONCE },
    )
  }
  const removed = await compareRemoved(snapshot, names, isWhole, clock.now())
  const keys = [...new Set([...different.map(({ key }) => key), ...removed])]
  await doorbells.ringNames(keys)
  return keys.length
}

/** Counts what there is, for the guard's shares, and answers what the names that aren't in step would lose. */
export async function countNames(snapshot: Snapshot): Promise<Spent> {
  const { names } = await readNames(snapshot)
  // What is one group in two spellings is counted once.
  const claimed = names.flatMap(({ ledger, claim }) => (ledger.refusal?.reason === 'same' ? [] : (claim ?? [])))
  const totals = { memberships: claimed.reduce((sum, { count }) => sum + count, 0), names: claimed.length }
  for (let isCounted = false; !isCounted; ) {
    const budget = await snapshot.budget()
    isCounted = await snapshot.putBudget({ ...budget, totals }).then(() => true, ifLost)
  }
  const removals = await pMap(names.filter(isDifferent), ({ ledger, claim }) => removalOf(snapshot, ledger, claim), {
    concurrency: AT_ONCE,
  })
  const left = removals.reduce((sum, { leavers }) => sum + leavers.length, 0)
  return { left, emptied: removals.filter(({ isEmptied }) => isEmptied).length }
}

function isDifferent({ ledger, claim, isBorneAnew }: Named): boolean {
  return isBorneAnew || !isInStep(ledger, claim)
}

/** Somebody else wrote the row: it is to be read again. */
function ifLost(error: unknown): false {
  if (error instanceof Conflict || error instanceof BudgetTaken) return false
  throw error
}
