import { createHash } from 'node:crypto'
import { canonicalId } from './canonical-id.ts'

/** A user as Okta shows them in a group. `id` is Okta's; `userId` is the mapped attribute, null where the profile has none. */
export interface RawMember {
  id: string
  status: string
  userId: string | null
}

/** The members a group should have: user ids as Okta spells them, in lower case, one per canonical id, sorted. */
export interface MemberList {
  ids: string[]
  digest: string
  /** Users with a status that counts, but without the mapped attribute or with one that Q Business doesn't take. */
  withoutAttribute: number
}

// DataSourceUserId of the Q Business model: 1 to 1,024 characters, \P{C}*.
const USER_ID = /^\P{C}{1,1024}$/u

/** The digest of a list's content: sha256 over its ids, one a line, as base64url. Equal digests are equal lists. */
export function digestOf(ids: readonly string[]): string {
  return createHash('sha256').update(ids.join('\n')).digest('base64url')
}

/** The digest of the list with nobody in it. */
export const EMPTY = digestOf([])

/** Who of `raw` counts as a member: a status in `statuses` and a user id that Q Business takes. */
export function memberListOf(raw: readonly RawMember[], statuses: readonly string[]): MemberList {
  const spellings = new Map<string, string>()
  let withoutAttribute = 0
  for (const { status, userId } of raw) {
    if (!statuses.includes(status)) continue
    const id = userId?.trim().toLowerCase() ?? ''
    if (!USER_ID.test(id)) {
      withoutAttribute++
      continue
    }
    const canonical = canonicalId(id)
    const other = spellings.get(canonical)
    // The lesser of two spellings, so that the list doesn't depend on Okta's order.
    if (other === undefined || id < other) spellings.set(canonical, id)
  }
  const ids = [...spellings.values()].sort()
  return { ids, digest: digestOf(ids), withoutAttribute }
}
