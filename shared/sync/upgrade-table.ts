import type { Snapshot } from './ports.ts'
import { RefusedError } from './refused-error.ts'
import { checkVersion, TABLE_VERSION } from './table-version.ts'

/**
 * Makes a table of an older release one of this release's. Version 2 needs no row rewritten: what version 1 hadn't is read as
 * nothing. Throws TableVersionError for a table of a newer release. Answers the version before, null where nothing was to be done.
 */
export async function upgradeTable(
  { snapshot, clock, newId }: { snapshot: Snapshot; clock: { now(): number }; newId(): string },
  by: string,
): Promise<number | null> {
  const table = await snapshot.identity()
  if (table === null) throw new RefusedError('nothing has run here yet: the first run makes the table of this version')
  const { tableVersion: from } = table
  if (from >= TABLE_VERSION) {
    checkVersion(table)
    return null
  }
  const at = clock.now()
  const record = { about: 'stage', verb: 'upgrade', by, reason: 'a new release', from, to: TABLE_VERSION, at } as const
  const id = `${new Date(at).toISOString()}#${newId()}`
  await snapshot.putIdentity({ ...table, tableVersion: TABLE_VERSION }, { ...record, id })
  return from
}
