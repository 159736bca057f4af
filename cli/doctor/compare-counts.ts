import pMap from 'p-map'
import type { Ask } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import { counted, printable } from '../terminal.ts'
import { Fault, type Seen } from './finding.ts'

/** So many groups are read, and so many at once. */
const GROUPS = 20
const AT_ONCE = 4
/** A group that may be larger takes too long to read. */
const MOST_MEMBERS = 1_000

interface Group {
  id: string
  name: string
  usersCount: number | null
}

/**
 * Compares what is read of 20 groups, small and large ones, with what Okta counts in them. The count comes from a store that
 * lags, so it is asked anew where it says more, and only where it says more of most groups is that a fault: then the role
 * doesn't see all users.
 */
export async function compareCounts(ask: Ask, groups: readonly Group[]): Promise<Seen<true>> {
  const directory = directoryIn(ask, 'email')
  const sample = spread(groups.filter(({ usersCount }) => (usersCount ?? 0) > 0 && usersCount! <= MOST_MEMBERS))
  if (sample.length === 0) return { found: 'no group in scope has any, or Okta counts none', value: true }
  const read = await pMap(
    sample,
    async ({ id, name }) => {
      const members = (await directory.members(id))?.length ?? 0
      const count = (await directory.usersCount(id)) ?? members
      return { name, members, count }
    },
    { concurrency: AT_ONCE },
  )
  const fewer = read.filter(({ members, count }) => members < count)
  const more = read.filter(({ members, count }) => members > count)
  const all = counted(read.length, 'group', 'groups')
  if (fewer.length + more.length === 0) return { found: `in ${all}, as many are read as Okta counts`, value: true }
  const parts = [
    ...(fewer.length > 0 ? [`fewer are read than Okta counts in ${fewer.length}`] : []),
    ...(more.length > 0 ? [`more in ${more.length}`] : []),
  ]
  const { name, members, count } = (fewer[0] ?? more[0])!
  const found = `of ${all}, ${parts.join(', and ')}; in ${printable(name)}, ${members} are read and ${count} counted`
  if (fewer.length * 2 <= read.length) {
    return {
      found,
      note: ["Okta's count may lag: nobody is kept in or out for it. Look again in an hour"],
      value: true,
    }
  }
  throw new Fault(
    found,
    "in Okta's console, under Administrators: give the service app a role whose resource set has all users",
  )
}

/** Evenly from the smallest to the largest. */
function spread(groups: readonly Group[]): Group[] {
  const sorted = groups.toSorted((a, b) => a.usersCount! - b.usersCount!)
  if (sorted.length <= GROUPS) return sorted
  return Array.from({ length: GROUPS }, (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (GROUPS - 1))]!)
}
