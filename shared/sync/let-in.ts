import { canonicalId } from '../membership/canonical-id.ts'
import type { Doorbells, Snapshot } from './ports.ts'

/** Rings the names that somebody was kept out of by hand, once they aren't any more. Answers how many. */
export async function letIn(
  { snapshot, doorbells }: { snapshot: Pick<Snapshot, 'all'>; doorbells: Pick<Doorbells, 'ringNames'> },
  user: string,
): Promise<number> {
  const id = canonicalId(user)
  const keys: string[] = []
  for await (const { ledgers } of snapshot.all()) {
    keys.push(...ledgers.filter(({ adjusted }) => adjusted?.removed.includes(id)).map(({ key }) => key))
  }
  await doorbells.ringNames(keys)
  return keys.length
}
