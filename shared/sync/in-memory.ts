import type { Snapshot } from './ports.ts'

/** A snapshot that is read, and of which the lists that are written stay in memory; whatever else is to be written throws. */
export async function inMemory(snapshot: Snapshot): Promise<Snapshot> {
  const lists = new Map<string, readonly string[]>()
  const budget = await snapshot.budget()
  const { mirror, name, user, run, due, all, identity, decisions } = snapshot
  const reads = { mirror, name, user, run, due, all, identity, decisions }
  const writes = ['putMirror', 'putLedger', 'decide', 'putBudget', 'putOutcome', 'putUser', 'deleteUser', 'putRun']
  const refuse = (what: string) => [what, () => Promise.reject(new Error(`a plan writes nothing: ${what}`))]
  return {
    ...(Object.fromEntries([...writes, 'postpone', 'putIdentity'].map(refuse)) as Snapshot),
    ...reads,
    budget: async () => budget,
    list: async (digest) => [...(lists.get(digest) ?? (await snapshot.list(digest)))],
    putList: async (digest, ids) => void lists.set(digest, ids),
  }
}
