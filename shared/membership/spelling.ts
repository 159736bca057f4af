import { type Bearer, type Claim, claimOf } from './claim.ts'
import type { Ledger } from './ledger.ts'

/**
 * Whether Amazon Q Business tells `Sales` and `sales` apart is unknown, so they are one name here, with one claim. A name's
 * row is for its first spelling; a further one has a row of its own. Every spelling that was ever put gets the same list for
 * as long as the name is claimed: were one emptied, a service to which they are one group would lock everybody out.
 */

/** No key of a name has a capital letter, so the key of a further spelling is no other name's. */
const AS = ' AS '
/** How many further spellings a name has at most: each is rung with it, and a row is bounded. */
const MOST_SPELLINGS = 40

/** The key of a further spelling. @param key of the name */
export function spellingKey(key: string, spelling: string): string {
  return `${key}${AS}${spelling}`
}

/** The key of the name, and which further spelling of it a key is for; null for the name's own row. */
export function partsOf(key: string): { name: string; spelling: string | null } {
  const at = key.indexOf(AS)
  return at < 0 ? { name: key, spelling: null } : { name: key.slice(0, at), spelling: key.slice(at + AS.length) }
}

/** Keys of a name's further spellings. */
export function furtherKeys({ key, spellings = [] }: Ledger): string[] {
  return spellings.map((spelling) => spellingKey(key, spelling))
}

/**
 * What the mirror wants for one spelling: the name's claim, under the spelling that the row is for.
 * @param key of the spelling's row
 * @param first the name's own row
 */
export function claimOfSpelling(key: string, first: Ledger, bearers: readonly Bearer[]): Claim | null {
  const { name, spelling } = partsOf(key)
  const claim = claimOf(name, first.owner, bearers)
  if (claim === null) return null
  if (spelling !== null) return { ...claim, name: spelling, doubles: [] }
  return hasSpelling(first) ? { ...claim, name: first.name } : claim
}

/** The name's own row, with the spelling that is borne now where it is a further one. The same object where nothing is new. */
export function withSpelling(first: Ledger, bearers: readonly Bearer[]): Ledger {
  const { spellings = [] } = first
  const borne = borneNow(first, bearers)
  if (borne === null || spellings.includes(borne) || spellings.length >= MOST_SPELLINGS) return first
  return { ...first, spellings: [...spellings, borne] }
}

/** The key of the spelling that is borne now, where it isn't the one that was put first; null else. */
export function borneKey(first: Ledger, bearers: readonly Bearer[]): string | null {
  const borne = borneNow(first, bearers)
  return borne === null ? null : spellingKey(first.key, borne)
}

/** The spelling that is borne now, where it isn't the one that was put first; null else. */
export function borneNow(first: Ledger, bearers: readonly Bearer[]): string | null {
  const borne = claimOf(first.key, first.owner, bearers)?.name ?? first.name
  return hasSpelling(first) && borne !== first.name ? borne : null
}

/** Whether the row's spelling stays as it is. It does while there are others, though it was deleted: no two rows are for one. */
function hasSpelling({ ours, spellings = [] }: Ledger): boolean {
  return ours || spellings.length > 0
}
