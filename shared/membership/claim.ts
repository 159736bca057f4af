import type { Mirror } from './mirror.ts'
import { nameKey } from './name-key.ts'

/** What the mirror wants for one name of the user store. */
export interface Claim {
  name: string
  /** Okta id of the group whose members the name gets. */
  owner: string
  digest: string
  count: number
  /** Number of the owner's newest change. */
  change: number
  /** Okta ids of other groups that bear the name now: it stays with the owner, and they are refused. */
  doubles: string[]
}

/** What of a mirror a claim is made of. */
export type Bearer = Pick<Mirror, 'id' | 'name' | 'formerNames' | 'digest' | 'count' | 'created' | 'changes'>

/**
 * Who has a name: who bears it now (of several the owner keeps it, else the one that Okta created first), else who bore it
 * until lately, in step with its own members, unless the name has passed to another since. Null where nobody wants it.
 * @param owner Okta id of the group that has the name by the ledger
 */
export function claimOf(key: string, owner: string | null, bearers: readonly Bearer[]): Claim | null {
  const now = bearers.filter(({ name }) => name !== null && nameKey(name) === key)
  if (now.length > 0) {
    const first = now.toSorted((a, b) => compare(a.created, b.created) || compare(a.id, b.id))[0]!
    const bearer = now.find(({ id }) => id === owner) ?? first
    const doubles = now.filter(({ id }) => id !== bearer.id).map(({ id }) => id)
    return claim(bearer, bearer.name!, doubles.sort())
  }
  const former = bearers
    .filter(({ id }) => owner === null || owner === id)
    .flatMap((bearer) =>
      bearer.formerNames.filter(({ name }) => nameKey(name) === key).map((borne) => ({ bearer, ...borne })),
    )
  const last = former.toSorted((a, b) => b.until - a.until || compare(a.bearer.id, b.bearer.id))[0]
  return last ? claim(last.bearer, last.name, []) : null
}

function claim({ id, digest, count, changes }: Bearer, name: string, doubles: string[]): Claim {
  return { name, owner: id, digest, count, change: changes, doubles }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
