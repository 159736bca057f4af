import type { Claim } from '../membership/claim.ts'
import type { Ledger } from '../membership/ledger.ts'
import type { Mirror } from '../membership/mirror.ts'
import { nameKey } from '../membership/name-key.ts'
import { claimOfSpelling, partsOf, spellingKey } from '../membership/spelling.ts'
import type { Snapshot } from './ports.ts'

/** A name, or a further spelling of one, as it was read consistently, and what is wanted for it. */
export interface Name {
  ledger: Ledger
  bearers: Mirror[]
  claim: Claim | null
  /** The row of the spelling that was put first, where this is a further one. */
  first: Ledger | null
}

/** Reads a row and who bears the name. The row comes first: whoever puts by what was read later is stopped by its version. */
export async function readName(snapshot: Pick<Snapshot, 'name'>, key: string): Promise<Name> {
  const row = await snapshot.name(key)
  const { name, spelling } = partsOf(key)
  const { ledger, bearers } = spelling === null ? row : await snapshot.name(name)
  const first = spelling === null ? null : ledger
  return { ledger: row.ledger, bearers, claim: claimOfSpelling(key, ledger, bearers), first }
}

/** The key of the row for this spelling of a name, where it has one of its own, else of the name. */
export async function keyOf(snapshot: Pick<Snapshot, 'name'>, spelling: string): Promise<string> {
  const key = nameKey(spelling)
  const { ledger } = await snapshot.name(key)
  return ledger.spellings?.includes(spelling) ? spellingKey(key, spelling) : key
}
