import { mapName } from '../membership/map-name.ts'
import { memberListOf, type RawMember } from '../membership/member-list.ts'
import type { Mirror } from '../membership/mirror.ts'
import type { Look } from '../membership/observe.ts'
import { inScope } from '../membership/scope.ts'
import type { Directory } from './ports.ts'
import type { Rules } from './rules.ts'

/** A read that wasn't whole: it counts for nothing, and is tried again. */
export class NotWholeError extends Error {
  override name = 'NotWholeError'
}

/** When Okta's count disagrees with a read, the group is looked at once more after this long. */
const LOOK_AGAIN_AFTER = 600_000

/**
 * One whole read of a group. A removal needs proof: where what was read differs from what was known, and Okta's own count
 * says more raw members than were read, a second whole read must give the same ids.
 * @param usersCount Okta's own count, where it is known already
 */
export async function lookAt(
  { directory, rules }: { directory: Directory; rules: Rules },
  before: Mirror,
  usersCount?: number | null,
): Promise<{ look: Look; raw: RawMember[] | null }> {
  const { readAt, group } = await directory.group(before.id)
  if (group === null) return { look: { readAt, saw: 'missing' }, raw: [] }
  if (!inScope(group, rules.scope)) return { look: { readAt, saw: 'outOfScope', group }, raw: null }
  const raw = await directory.members(before.id)
  if (raw === null) return { look: { readAt, saw: 'missing' }, raw: [] }
  const list = memberListOf(raw, rules.members.statuses)
  let lookAgainAt = isOver(before.lookAgainAt, readAt) ? null : before.lookAgainAt
  if (list.digest !== before.digest && (await countsMore(directory, before.id, usersCount, raw.length))) {
    await readTwice(directory, before.id, raw)
    lookAgainAt = readAt + LOOK_AGAIN_AFTER
  }
  return { look: { readAt, saw: 'present', group, name: mapName(rules.groups.name, group), list, lookAgainAt }, raw }
}

function isOver(at: number | null, readAt: number): boolean {
  return at !== null && readAt >= at
}

async function countsMore(
  directory: Directory,
  id: string,
  known: number | null | undefined,
  read: number,
): Promise<boolean> {
  const count = known === undefined ? await directory.usersCount(id) : known
  return count !== null && count > read
}

async function readTwice(directory: Directory, id: string, raw: readonly RawMember[]): Promise<void> {
  const again = await directory.members(id)
  const ids = (members: readonly RawMember[]) =>
    members
      .map((member) => member.id)
      .sort()
      .join()
  if (again === null || ids(again) !== ids(raw)) {
    throw new NotWholeError(
      `two reads of group ${id} gave ${raw.length} and ${again?.length ?? 0} members, and Okta counts more; it is read again later`,
    )
  }
}
