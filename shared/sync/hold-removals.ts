import type { Claim } from '../membership/claim.ts'
import { without } from '../membership/diff.ts'
import { type Breach, type Limits, tellBreach } from '../membership/guard.ts'
import type { Ledger } from '../membership/ledger.ts'
import { digestOf, EMPTY } from '../membership/member-list.ts'
import { type Mirror, namesBorne } from '../membership/mirror.ts'
import { claimOfSpelling, furtherKeys } from '../membership/spelling.ts'
import { newHold } from './judge-removals.ts'
import type { Snapshot } from './ports.ts'

/** Who would leave a name, besides those who are held in it already. */
export interface Removal {
  ledger: Ledger
  leavers: string[]
  isEmptied: boolean
}

/** Whom a name would lose by what is claimed for it. */
export async function removalOf(snapshot: Snapshot, ledger: Ledger, claim: Claim | null): Promise<Removal> {
  const { meant, holds, adjusted, approval } = ledger
  const wanted = claim?.digest ?? EMPTY
  if (meant === null || wanted === meant) return { ledger, leavers: [], isEmptied: false }
  const listOf = (digest: string) => snapshot.list(digest)
  const [before, after] = await Promise.all([meant, wanted].map(listOf))
  const decided = await Promise.all(
    [...holds, ...(approval === null ? [] : [approval])].map(({ people }) => listOf(people)),
  )
  const leavers = without(before!, [...after!, ...decided.flat(), ...(adjusted?.removed ?? [])])
  return { ledger, leavers, isEmptied: leavers.length > 0 && after!.length === 0 && holds.length === 0 }
}

/** Whom the names of a group would lose, in every spelling, were its mirror `after` and no longer `before`. */
export async function removalsOf(snapshot: Snapshot, before: Mirror, after: Mirror): Promise<Removal[]> {
  const keys = [...new Set([...namesBorne(before), ...namesBorne(after)])]
  const removals = keys.map(async (key) => {
    const { ledger, bearers } = await snapshot.name(key)
    const others = bearers.filter(({ id }) => id !== before.id)
    const borne = namesBorne(after).includes(key) ? [...others, after] : others
    const further = await Promise.all(furtherKeys(ledger).map((each) => snapshot.name(each)))
    const spellings = [ledger, ...further.map((row) => row.ledger)]
    return Promise.all(spellings.map((row) => removalOf(snapshot, row, claimOfSpelling(row.key, ledger, borne))))
  })
  return (await Promise.all(removals)).flat().filter(({ leavers }) => leavers.length > 0)
}

/** The ledger with those who would leave held in it; their list is stored. */
export async function withHeld(
  snapshot: Snapshot,
  { ledger, leavers }: Removal,
  breach: Breach,
  limits: Limits,
  now: number,
): Promise<Ledger> {
  const people = digestOf(leavers)
  await snapshot.putList(people, leavers)
  const hold = newHold(
    ledger,
    { people, count: leavers.length, axis: breach.axis, detail: tellBreach(breach, limits) },
    now,
  )
  return { ...ledger, holds: [...ledger.holds, hold], holdsToldAt: 0 }
}
