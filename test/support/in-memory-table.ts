import { isDeepStrictEqual } from 'node:util'
import type { Snapshot } from '../../shared/sync/ports.ts'
import { Table, type TableListener } from '../simulation/table.ts'

export const NOBODY_LISTENS: TableListener = { ledger() {}, decision() {}, mirror() {}, due() {} }

/** As `openTable` of test/snapshot, in memory. */
export async function openTable() {
  const table = new Table(() => 0, NOBODY_LISTENS)
  return {
    snapshot: snapshotIn(table),
    /** The change records of a name, or what was decided about a person or the stage. */
    async rows(pk: string): Promise<Record<string, unknown>[]> {
      const about = pk === 'ORG' ? 'stage' : { person: pk.replace('REMOVED#', '') }
      const decided = table.decided.filter((decision) => isDeepStrictEqual(decision.about, about))
      const changes = table.changes.get(pk.replace('NAME#', ''))?.values() ?? []
      const records = [...changes].map((record) => ({ ...record, sk: `CHANGE#${record.id}` }))
      return [...decided.map((decision) => ({ ...decision })), ...records]
    },
    async close() {},
  }
}

/** The table as a snapshot: each of its methods, answered later. */
export function snapshotIn(table: Table): Snapshot {
  const methods = Object.getOwnPropertyNames(Table.prototype) as (keyof Table)[]
  const later = methods.map((method) => [
    method,
    async (...given: never[]) => (table[method] as (...given: never[]) => unknown)(...given),
  ])
  return {
    ...(Object.fromEntries(later) as Snapshot),
    name: async (key) => {
      return { ledger: table.ledger(key), bearers: table.bearers(key).flatMap((id) => table.mirror(id) ?? []) }
    },
    async *due(now) {
      yield* table.due(now)
    },
    async *all() {
      yield* table.all()
    },
  }
}
