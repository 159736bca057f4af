import type { Identity } from './rows.ts'

/**
 * By which release the table's rows are written. 1: without the guard. 2: names have holds, and there is a budget of removals;
 * rows of version 1 are read as having none of it.
 */
export const TABLE_VERSION = 2

/** The table is of another version than this release: nothing is read or written until one of them is changed. */
export class TableVersionError extends Error {
  override name = 'TableVersionError'
}

/** Throws TableVersionError where the table is of another version than this release. A fresh table gets it at its first use. */
export function checkVersion(table: Pick<Identity, 'tableVersion'> | null): void {
  const version = table?.tableVersion ?? TABLE_VERSION
  if (version === TABLE_VERSION) return
  const upgrade = '`npx q-group-sync upgrade --stage NAME`'
  const remedy =
    version < TABLE_VERSION
      ? `deploy this release, then run ${upgrade}`
      : `a newer release ran ${upgrade}: use that one, here and in the stage`
  throw new TableVersionError(
    `the table is of version ${version}, and this release is made for ${TABLE_VERSION}: ${remedy}`,
  )
}
