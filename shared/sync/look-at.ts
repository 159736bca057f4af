import { isDeepStrictEqual } from 'node:util'
import { without } from '../membership/diff.ts'
import { mapName } from '../membership/map-name.ts'
import { memberListOf, type RawMember } from '../membership/member-list.ts'
import type { Mirror } from '../membership/mirror.ts'
import type { Look } from '../membership/observe.ts'
import { inScope } from '../membership/scope.ts'
import type { Directory, Snapshot, Telemetry } from './ports.ts'
import type { Rules } from './rules.ts'

/** A read that wasn't whole: it counts for nothing, and is tried again. */
export class NotWholeError extends Error {
  override name = 'NotWholeError'
}

/** When Okta's count disagrees with a read, the group is looked at once more after this long. */
const LOOK_AGAIN_AFTER = 600_000

/**
 * One whole read of a group. A removal needs proof: where somebody who was a member isn't in the group at all, and Okta's own
 * count says more raw members than were read, a second whole read must have as many, or the same ones.
 * @param usersCount Okta's own count, where it is known already
 */
export async function lookAt(
  {
    directory,
    snapshot,
    telemetry,
    rules,
  }: { directory: Directory; snapshot: Snapshot; telemetry?: Pick<Telemetry, 'warn'>; rules: Rules },
  before: Mirror,
  usersCount?: number | null,
): Promise<{ look: Look; raw: RawMember[] | null }> {
  const { id } = before
  const { statuses } = rules.members
  const { readAt, group } = await directory.group(id)
  if (group === null) return { look: { readAt, saw: 'missing' }, raw: [] }
  if (!inScope(group, rules.scope)) return { look: { readAt, saw: 'outOfScope', group }, raw: null }
  let raw = await directory.members(id)
  if (raw === null) return { look: { readAt, saw: 'missing' }, raw: [] }
  let lookAgainAt = isOver(before.lookAgainAt, readAt) ? null : before.lookAgainAt
  let list = memberListOf(raw, statuses)
  if (list.digest !== before.digest && (await misses(snapshot, before, raw))) {
    const count = usersCount === undefined ? await directory.usersCount(id) : usersCount
    if (count !== null && count > raw.length) {
      raw = await readAgain(directory, id, raw, count)
      list = memberListOf(raw, statuses)
      if (count > raw.length) {
        const facts = { group: id, read: raw.length, counted: count }
        telemetry?.warn(
          'Okta counts more members than it gave twice: they count, and the group is looked at again',
          facts,
        )
      }
      lookAgainAt = readAt + LOOK_AGAIN_AFTER
    }
  }
  return { look: { readAt, saw: 'present', group, name: mapName(rules.groups.name, group), list, lookAgainAt }, raw }
}

function isOver(at: number | null, readAt: number): boolean {
  return at !== null && readAt >= at
}

/** Whether somebody who was a member is in the group no more, with whatever status. */
async function misses(snapshot: Snapshot, before: Mirror, raw: readonly RawMember[]): Promise<boolean> {
  if (before.count === 0) return false
  const there = raw.map(({ userId }) => userId ?? '')
  return without(await snapshot.list(before.digest), there).length > 0
}

async function readAgain(directory: Directory, id: string, first: RawMember[], count: number): Promise<RawMember[]> {
  const again = await directory.members(id)
  const ids = (members: RawMember[]) => new Set(members.map((member) => member.id))
  if (again !== null && (again.length >= count || isDeepStrictEqual(ids(again), ids(first)))) return again
  throw new NotWholeError(
    `two reads of group ${id} gave ${first.length} and ${again?.length ?? 0} members, and Okta counts ${count}; it is read again later`,
  )
}
