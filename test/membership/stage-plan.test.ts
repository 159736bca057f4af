import { expect, test } from 'vitest'
import { UNSPENT } from '../../shared/membership/budget.ts'
import { DEFAULTS } from '../../shared/membership/guard.ts'
import { type PlannedName, sumOf } from '../../shared/membership/stage-plan.ts'

const NAME: PlannedName = {
  ...{ name: 'Sales', group: '00g1', isNew: false, adopts: false, joins: [], leaves: [], empties: false },
  ...{ formerNameOf: null, putAgain: null, deletes: false, deleteAt: null, refused: null, doubles: [], held: [] },
  ...{ wouldHold: null, keptOut: [], spends: { left: 0, emptied: 0 } },
}
const names = (count: number, left: number, emptied = 0): PlannedName[] =>
  Array.from({ length: count }, () => ({ ...NAME, spends: { left, emptied } }))
const spent = (left: number, emptied: number) => ({ ...UNSPENT, hours: [{ hour: 0, left, emptied }] })

test('many names that each may lose a few may together lose too many', () => {
  expect(sumOf(names(100, 10), DEFAULTS, UNSPENT, 0)).toBeNull()
  expect(sumOf(names(101, 10), DEFAULTS, UNSPENT, 0)).toEqual({ axis: 'all', count: 1010, of: null })
})

test('what was spent in the last day counts with it, and so does how much there is', () => {
  expect(sumOf(names(10, 10), DEFAULTS, spent(901, 0), 0)).toEqual({ axis: 'all', count: 1001, of: null })
  const budget = { ...UNSPENT, totals: { memberships: 1_000, names: 100 } }
  expect(sumOf(names(10, 6), DEFAULTS, budget, 0)).toEqual({ axis: 'all', count: 60, of: 1_000 })
})

test('so does how many names are emptied', () => {
  expect(sumOf(names(20, 1, 1), DEFAULTS, UNSPENT, 0)).toBeNull()
  expect(sumOf(names(20, 1, 1), DEFAULTS, spent(0, 1), 0)).toEqual({ axis: 'emptied', count: 21, of: null })
})

test('where nobody leaves nothing is held, whatever was spent', () => {
  expect(sumOf(names(5, 0), DEFAULTS, spent(5_000, 500), 0)).toBeNull()
})
