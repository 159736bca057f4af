import { type Bearer, claimOf } from '../membership/claim.ts'
import { type Ledger, noLedger } from '../membership/ledger.ts'
import { nameKey } from '../membership/name-key.ts'
import { isInStep } from '../membership/plan.ts'
import type { Doorbells, Snapshot } from './ports.ts'

/**
 * Compares every name's ledger with what the mirrors want for it, by digests and from the index, and rings the names that
 * aren't in step. Answers how many.
 */
export async function compareNames({
  snapshot,
  doorbells,
}: {
  snapshot: Snapshot
  doorbells: Doorbells
}): Promise<number> {
  const bearers = new Map<string, Bearer[]>()
  const ledgers = new Map<string, Ledger>()
  for await (const page of snapshot.all()) {
    for (const ledger of page.ledgers) ledgers.set(ledger.key, ledger)
    for (const mirror of page.mirrors) {
      const names = mirror.name === null ? [] : [mirror.name, ...mirror.formerNames.map(({ name }) => name)]
      for (const key of new Set(names.map(nameKey))) bearers.set(key, [...(bearers.get(key) ?? []), mirror])
    }
  }
  const keys = [...new Set([...bearers.keys(), ...ledgers.keys()])]
  const different = keys.filter((key) => {
    const ledger = ledgers.get(key) ?? noLedger(key)
    return !isInStep(ledger, claimOf(key, ledger.owner, bearers.get(key) ?? []))
  })
  await doorbells.ringNames(different)
  return different.length
}
