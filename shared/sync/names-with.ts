import pMap from 'p-map'
import { canonicalId } from '../membership/canonical-id.ts'
import type { Ledger } from '../membership/ledger.ts'
import type { Snapshot } from './ports.ts'

const AT_ONCE = 24

/**
 * The names of ours that a person is in by what was last put, or that nobody knows of, since a put of theirs is under way. Every
 * list is read once.
 * @param known which lists have them, by digest; what is read here is added
 * @param progress is told how many of how many lists are read
 */
export async function namesWith(
  snapshot: Pick<Snapshot, 'all' | 'list'>,
  user: string,
  known = new Map<string, boolean>(),
  progress: (read: number, of: number) => void = () => {},
): Promise<Ledger[]> {
  const ours: Ledger[] = []
  for await (const { ledgers } of snapshot.all()) ours.push(...ledgers.filter((ledger) => ledger.ours))
  const meant = [...new Set(ours.flatMap((ledger) => (ledger.meant === null ? [] : [ledger.meant])))]
  const digests = meant.filter((digest) => !known.has(digest))
  const id = canonicalId(user)
  let read = 0
  const look = async (digest: string) => {
    const list = await snapshot.list(digest)
    known.set(
      digest,
      list.some((each) => canonicalId(each) === id),
    )
    progress(++read, digests.length)
  }
  await pMap(digests, look, { concurrency: AT_ONCE })
  return ours.filter((ledger) => known.get(ledger.meant ?? '') || ledger.status === 'putting')
}
