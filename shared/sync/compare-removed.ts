import pMap from 'p-map'
import { canonicalId } from '../membership/canonical-id.ts'
import type { Claim } from '../membership/claim.ts'
import type { Ledger } from '../membership/ledger.ts'
import { desiredOf } from '../membership/plan.ts'
import { BudgetTaken, type Snapshot } from './ports.ts'

const AT_ONCE = 16

/**
 * Compares the names with who was removed by hand. Answers the keys of names that have somebody of them in or out and shouldn't,
 * and forgets whom no group of Okta's has in any more, since Okta says then that they are out, and whose time has passed.
 * @param isWhole whether every group that is known was read
 * @param now epoch milliseconds
 */
export async function compareRemoved(
  snapshot: Pick<Snapshot, 'budget' | 'putBudget' | 'list'>,
  names: readonly { ledger: Ledger; claim: Claim | null }[],
  isWhole: boolean,
  now: number,
): Promise<string[]> {
  const { removed } = await snapshot.budget()
  const ids = removed.filter(({ until }) => until > now).map(({ id }) => id)
  const past = removed.map(({ id }) => id).filter((id) => !ids.includes(id))
  const letIn = names.filter(({ ledger }) => ledger.adjusted?.removed.some((id) => !ids.includes(id)))
  if (removed.length === 0) return letIn.map(({ ledger }) => ledger.key)

  const digests = names.flatMap(({ ledger, claim }) => [claim?.digest, desiredOf(ledger, claim)])
  const known = [...new Set(digests)].filter((digest) => typeof digest === 'string')
  const whoIn = async (digest: string): Promise<[string, string[]]> => {
    const list = new Set((await snapshot.list(digest)).map(canonicalId))
    return [digest, ids.filter((id) => list.has(id))]
  }
  const removedIn = new Map(await pMap(known, whoIn, { concurrency: AT_ONCE }))
  const keepOut = names.filter(({ ledger, claim }) => {
    const wanted = desiredOf(ledger, claim)
    const out = ledger.adjusted?.wanted === wanted ? ledger.adjusted.removed : []
    return removedIn.get(wanted ?? '')?.some((id) => !out.includes(id))
  })
  const stillIn = new Set(names.flatMap(({ claim }) => removedIn.get(claim?.digest ?? '') ?? []))
  const over = [...past, ...(isWhole ? ids.filter((id) => !stillIn.has(id)) : [])]
  if (over.length > 0) await forget(snapshot, over)
  return [...letIn, ...keepOut].map(({ ledger }) => ledger.key)
}

async function forget(snapshot: Pick<Snapshot, 'budget' | 'putBudget'>, over: readonly string[]): Promise<void> {
  const budget = await snapshot.budget()
  try {
    await snapshot.putBudget({ ...budget, removed: budget.removed.filter(({ id }) => !over.includes(id)) })
  } catch (error) {
    // Somebody spends of it just now: the next reconcile forgets them.
    if (!(error instanceof BudgetTaken)) throw error
  }
}
