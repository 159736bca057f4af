import type { Budget, Removed } from '../membership/budget.ts'
import { canonicalId } from '../membership/canonical-id.ts'
import { BudgetTaken, type Snapshot } from './ports.ts'
import type { DecisionRecord } from './records.ts'
import { RefusedError } from './refused-error.ts'

interface Ports {
  snapshot: Pick<Snapshot, 'budget' | 'putBudget'>
  clock: { now(): number }
  newId(): string
}

/**
 * Writes down that a person is out of every name, whatever Okta says: every put from now on leaves them out, until `until`
 * (epoch milliseconds) or until Okta has them in no group any more. It is kept with who did it and why.
 */
export async function removePerson(
  ports: Ports,
  { user, by, reason, until }: { user: string; by: string; reason: string; until: number },
): Promise<Removed> {
  const id = canonicalId(user)
  const removed = { id, at: ports.clock.now(), until, by, reason }
  await updateRemoved(ports, (before) => [...before.filter((each) => each.id !== id), removed], {
    verb: 'remove',
    about: { person: id },
    by,
    reason,
    until,
  })
  return removed
}

/** Lets a person in again before the time: where Okta has them in. Throws RefusedError where they weren't removed. */
export async function restorePerson(
  ports: Ports,
  { user, by, reason }: { user: string; by: string; reason: string },
): Promise<Removed> {
  const id = canonicalId(user)
  let restored: Removed | undefined
  const without = (before: Removed[]) => {
    restored = before.find((each) => each.id === id)
    if (restored !== undefined) return before.filter((each) => each.id !== id)
    throw new RefusedError(`“${user}” isn't removed: q-group-sync remove --list says who is`)
  }
  await updateRemoved(ports, without, { verb: 'restore', about: { person: id }, by, reason })
  return restored!
}

async function updateRemoved(
  { snapshot, clock, newId }: Ports,
  next: (removed: Removed[]) => Removed[],
  decision: Omit<DecisionRecord, 'id' | 'at'>,
): Promise<void> {
  for (;;) {
    const budget: Budget = await snapshot.budget()
    const at = clock.now()
    const removed = next(budget.removed.filter(({ until }) => until > at))
    try {
      return await snapshot.putBudget(
        { ...budget, removed },
        { ...decision, at, id: `${new Date(at).toISOString()}#${newId()}` },
      )
    } catch (error) {
      if (!(error instanceof BudgetTaken)) throw error
    }
  }
}
