import type { SetAside } from '../membership/set-aside.ts'
import type { DecisionRecord } from '../sync/records.ts'

/** Primary keys of the table's rows. */
export const mirrorKey = (id: string) => ({ pk: `GROUP#${id}`, sk: 'MIRROR' })
export const userKey = (id: string) => ({ pk: `USER#${id}`, sk: 'USER' })
export const ledgerKey = (key: string) => ({ pk: `NAME#${key}`, sk: 'LEDGER' })
export const bearerKey = (key: string, id: string) => ({ pk: `NAME#${key}`, sk: `BEARER#${id}` })
export const changeKey = (key: string, id: string) => ({ pk: `NAME#${key}`, sk: `CHANGE#${id}` })
export const decisionKey = (about: DecisionRecord['about'], id: string) => ({
  ...subjectOf(about),
  sk: `DECISION#${id}`,
})
export const listKey = (digest: string, part: number) => ({
  pk: `LIST#${digest}`,
  sk: `PART#${String(part).padStart(4, '0')}`,
})
export const runKey = (id: string) => ({ pk: `RUN#${id}`, sk: 'RUN' })
export const budgetKey = { pk: 'BUDGET', sk: 'BUDGET' }
export const eventKey = (uuid: string) => ({ pk: `EVENT#${uuid}`, sk: 'EVENT' })
export const cursorKey = { pk: 'CURSOR', sk: 'CURSOR' }
export const turnKey = { pk: 'TURN', sk: 'TURN' }
export const bulkKey = (window: number) => ({ pk: `BULK#${new Date(window).toISOString()}`, sk: 'BULK' })
export const tallyKey = (day: string) => ({ pk: `DAY#${day}`, sk: 'TALLY' })
export const identityKey = { pk: 'ORG', sk: 'ORG' }

function subjectOf(about: DecisionRecord['about']): { pk: string } {
  if (about === 'stage') return { pk: identityKey.pk }
  return { pk: 'name' in about ? `NAME#${about.name}` : `REMOVED#${about.person}` }
}

/** The partitions of the sparse index over `dueAt`, which is the only to-do list: rows that are set aside are counted by theirs. */
export const DUE = 'DUE'
export const ASIDE = 'ASIDE'

/** What a row that may be due adds to its facts. */
export const dueAttributes = (dueAt: number | null, setAside: SetAside | null = null) =>
  dueAt === null ? {} : { due: setAside === null ? DUE : ASIDE, dueAt }
