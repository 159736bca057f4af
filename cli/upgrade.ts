import { TABLE_VERSION } from '../shared/sync/table-version.ts'
import { upgradeTable } from '../shared/sync/upgrade-table.ts'
import { styled, write } from './terminal.ts'
import { DONE, type Verb, wordFaults } from './verb.ts'

/** Makes the table one of this release's. */
export const upgrade: Verb = {
  about: 'makes the table of an older release one of this release, once this one is deployed',
  usage: ['upgrade'],
  options: {},
  faults: (given) => wordFaults(given),
  async run(parts) {
    const from = await upgradeTable(parts, await parts.caller())
    const now = `The table is of version ${TABLE_VERSION}`
    write(from === null ? `${now} already.` : `${styled('green', '✓')} ${now}; it was of version ${from}.`)
    return DONE
  },
}
