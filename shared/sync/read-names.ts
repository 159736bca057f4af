import type { Bearer, Claim } from '../membership/claim.ts'
import { type Ledger, noLedger } from '../membership/ledger.ts'
import { nameKey } from '../membership/name-key.ts'
import { borneKey, claimOfSpelling, partsOf } from '../membership/spelling.ts'
import type { Snapshot } from './ports.ts'
import type { MirrorSummary } from './rows.ts'

/** A name or a further spelling of one, what was put under it, and what the mirrors want for it. */
export interface Named {
  key: string
  ledger: Ledger
  claim: Claim | null
  /** Whether it is borne now in a spelling that has no row yet. */
  isBorneAnew: boolean
}

/** Every mirror, and every name that one bears or that has a ledger, as the index shows them. */
export async function readNames(snapshot: Snapshot): Promise<{ names: Named[]; mirrors: MirrorSummary[] }> {
  const bearers = new Map<string, Bearer[]>()
  const ledgers = new Map<string, Ledger>()
  const mirrors: MirrorSummary[] = []
  for await (const page of snapshot.all()) {
    for (const ledger of page.ledgers) ledgers.set(ledger.key, ledger)
    mirrors.push(...page.mirrors)
  }
  for (const mirror of mirrors) {
    const borne = mirror.name === null ? [] : [mirror.name, ...mirror.formerNames.map(({ name }) => name)]
    for (const key of new Set(borne.map(nameKey))) bearers.set(key, [...(bearers.get(key) ?? []), mirror])
  }
  const ledgerOf = (key: string) => ledgers.get(key) ?? noLedger(key)
  const names = [...new Set([...bearers.keys(), ...ledgers.keys()])].map((key) => {
    const { name, spelling } = partsOf(key)
    const ledger = ledgerOf(key)
    const borne = spelling === null ? borneKey(ledger, bearers.get(key) ?? []) : null
    return {
      key,
      ledger,
      claim: claimOfSpelling(key, ledgerOf(name), bearers.get(name) ?? []),
      isBorneAnew: borne !== null && !ledgers.has(borne),
    }
  })
  return { names, mirrors }
}
