import pMap from 'p-map'
import type { Hold } from '../membership/hold.ts'
import type { Snapshot } from './ports.ts'

/** A hold with the name and the people it is about. */
export interface HeldPeople {
  name: string
  /** Okta id of the group that has the name. */
  group: string | null
  hold: Hold
  people: string[]
}

const AT_ONCE = 16

/** Every hold there is, the oldest first. */
export async function listHolds(snapshot: Pick<Snapshot, 'all' | 'name' | 'list'>): Promise<HeldPeople[]> {
  const keys: string[] = []
  for await (const { ledgers } of snapshot.all()) {
    keys.push(...ledgers.filter(({ holds }) => holds.length > 0).map(({ key }) => key))
  }
  const holdsOf = async (key: string) => {
    // The index may be behind the row.
    const { ledger } = await snapshot.name(key)
    const { name, owner: group } = ledger
    return Promise.all(
      ledger.holds.map(async (hold) => ({ name, group, hold, people: await snapshot.list(hold.people) })),
    )
  }
  const held = (await pMap(keys, holdsOf, { concurrency: AT_ONCE })).flat()
  return held.sort((a, b) => a.hold.since - b.hold.since || (a.name < b.name ? -1 : 1))
}
