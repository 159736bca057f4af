import pMap from 'p-map'
import type { Spent } from '../membership/budget.ts'
import type { Bearer, Claim } from '../membership/claim.ts'
import { type Ledger, noLedger } from '../membership/ledger.ts'
import { nameKey } from '../membership/name-key.ts'
import { isInStep } from '../membership/plan.ts'
import { borneKey, claimOfSpelling, partsOf } from '../membership/spelling.ts'
import { compareRemoved } from './compare-removed.ts'
import { removalOf, withHeld } from './hold-removals.ts'
import { BudgetTaken, Conflict, type Snapshot } from './ports.ts'
import type { ReadGroupPorts } from './read-group.ts'
import { readName } from './read-name.ts'
import type { Run } from './rows.ts'

type Ports = Pick<ReadGroupPorts, 'snapshot' | 'doorbells' | 'clock' | 'rules'>
type Named = { key: string; ledger: Ledger; claim: Claim | null }

/** How many names are looked into at once. */
const AT_ONCE = 16

/**
 * Compares every name's ledger with what the mirrors want for it, by digests and from the index, and rings the names that
 * aren't in step. Where the guard holds every removal of the run, they are held first. Answers how many were rung.
 */
export async function compareNames({ snapshot, doorbells, clock, rules }: Ports, { breach }: Run): Promise<number> {
  const { names, different, isWhole } = await readNames(snapshot)
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
  const { names, different } = await readNames(snapshot)
  // What is one group in two spellings is counted once.
  const claimed = names.flatMap(({ ledger, claim }) => (ledger.refusal?.reason === 'same' ? [] : (claim ?? [])))
  const totals = { memberships: claimed.reduce((sum, { count }) => sum + count, 0), names: claimed.length }
  for (let isCounted = false; !isCounted; ) {
    const budget = await snapshot.budget()
    isCounted = await snapshot.putBudget({ ...budget, totals }).then(() => true, ifLost)
  }
  const removals = await pMap(different, ({ ledger, claim }) => removalOf(snapshot, ledger, claim), {
    concurrency: AT_ONCE,
  })
  const left = removals.reduce((sum, { leavers }) => sum + leavers.length, 0)
  return { left, emptied: removals.filter(({ isEmptied }) => isEmptied).length }
}

async function readNames(snapshot: Snapshot): Promise<{ names: Named[]; different: Named[]; isWhole: boolean }> {
  const bearers = new Map<string, Bearer[]>()
  const ledgers = new Map<string, Ledger>()
  let isWhole = true
  for await (const page of snapshot.all()) {
    for (const ledger of page.ledgers) ledgers.set(ledger.key, ledger)
    for (const mirror of page.mirrors) {
      isWhole &&= mirror.state !== 'unread'
      const borne = mirror.name === null ? [] : [mirror.name, ...mirror.formerNames.map(({ name }) => name)]
      for (const key of new Set(borne.map(nameKey))) bearers.set(key, [...(bearers.get(key) ?? []), mirror])
    }
  }
  const ledgerOf = (key: string) => ledgers.get(key) ?? noLedger(key)
  const names = [...new Set([...bearers.keys(), ...ledgers.keys()])].map((key) => {
    const { name } = partsOf(key)
    return { key, ledger: ledgerOf(key), claim: claimOfSpelling(key, ledgerOf(name), bearers.get(name) ?? []) }
  })
  const hasNew = ({ key, ledger }: Named) => {
    const borne = partsOf(key).spelling === null ? borneKey(ledger, bearers.get(key) ?? []) : null
    return borne !== null && !ledgers.has(borne)
  }
  const different = names.filter((name) => !isInStep(name.ledger, name.claim) || hasNew(name))
  return { names, isWhole, different }
}

/** Somebody else wrote the row: it is to be read again. */
function ifLost(error: unknown): false {
  if (error instanceof Conflict || error instanceof BudgetTaken) return false
  throw error
}
