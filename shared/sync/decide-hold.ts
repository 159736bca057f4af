import type { Hold } from '../membership/hold.ts'
import type { Ledger } from '../membership/ledger.ts'
import { Conflict, type Snapshot } from './ports.ts'
import { keyOf, type Name, readName } from './read-name.ts'
import type { DecisionRecord } from './records.ts'
import { RefusedError } from './refused-error.ts'

/** Which hold is decided about, by whom, and why. `name` is that of the user store. */
export interface HoldRequest {
  name: string
  hold: string
  by: string
  reason: string
}

/** What a decision makes of the name: its row, and what of the record isn't in the request. */
export interface Decided {
  ledger: Ledger
  record: Pick<DecisionRecord, 'people' | 'count'>
}

/**
 * Writes a decision about a hold, as the name stands: again where somebody else wrote the row meanwhile.
 * @param decision what comes of it; throws RefusedError where it can't be
 * @param id of the decision's record
 */
export async function decideHold(
  { snapshot, now }: { snapshot: Snapshot; now(): number },
  { name, hold: id, by, reason }: HoldRequest,
  verb: 'approve' | 'reject',
  decision: (row: Name, hold: Hold) => Promise<Decided>,
  newId: () => string,
): Promise<Decided> {
  const key = await keyOf(snapshot, name)
  for (;;) {
    const row = await readName(snapshot, key)
    const decided = await decision(row, await findHold(snapshot, row.ledger, name, id))
    const at = now()
    const who = { id: `${new Date(at).toISOString()}#${newId()}`, about: { name: key }, by, reason, at }
    try {
      const ledger = await snapshot.decide(decided.ledger, { ...who, verb, hold: id, ...decided.record })
      return { ...decided, ledger }
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
}

/** The hold of a name by its id. Throws RefusedError that says what stands now. */
export async function findHold(snapshot: Snapshot, ledger: Ledger, name: string, id: string): Promise<Hold> {
  const hold = ledger.holds.find((each) => each.id === id)
  if (hold !== undefined) return hold
  if (ledger.version === 0) {
    throw new RefusedError(
      `nothing was ever put under the name “${name}”: q-group-sync held says which names have holds`,
    )
  }
  throw new RefusedError(
    `“${name}” has no hold ${id}: ${await whatBecame(snapshot, ledger, id)}; ${standing(ledger.holds)}`,
  )
}

async function whatBecame(snapshot: Snapshot, ledger: Ledger, id: string): Promise<string> {
  const decided = (await snapshot.decisions(ledger.key)).filter(({ hold, verb }) => hold === id && verb === 'approve')
  const last = decided.at(-1)
  if (last === undefined) return 'there was none, or Okta has had its people in again since'
  return `${last.by} let its ${people(last.count ?? 0)} go at ${new Date(last.at).toISOString()} (“${last.reason}”)`
}

function standing(holds: readonly Hold[]): string {
  if (holds.length === 0) return 'nobody is held in it now'
  return `it has now ${holds.map(({ id, count }) => `hold ${id} with ${people(count)}`).join(', ')}`
}

function people(count: number): string {
  return count === 1 ? '1 person' : `${count} people`
}
