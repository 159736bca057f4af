import { expect, test } from 'vitest'
import { UNSPENT } from '../../shared/membership/budget.ts'
import { DEFAULTS } from '../../shared/membership/guard.ts'
import { breachOfRun } from '../../shared/membership/judge.ts'

const spent = (left: number, emptied: number) => ({ ...UNSPENT, hours: [{ hour: 0, left, emptied }] })
const breachOf = (left: number, emptied: number, budget = UNSPENT) =>
  breachOfRun(DEFAULTS, budget, { left, emptied }, 0)

test('many names that each may lose a few may together lose too many', () => {
  expect(breachOf(1_000, 0)).toBeNull()
  expect(breachOf(1_001, 0)).toEqual({ axis: 'all', count: 1_001, of: null })
})

test('what was spent in the last day counts with it, and so does how much there is', () => {
  expect(breachOf(100, 0, spent(901, 0))).toEqual({ axis: 'all', count: 1_001, of: null })
  expect(breachOf(60, 0, { ...UNSPENT, totals: { memberships: 1_000, names: 100 } })).toEqual({
    ...{ axis: 'all', count: 60, of: 1_000 },
  })
})

test('so does how many names are emptied', () => {
  expect(breachOf(20, 20)).toBeNull()
  expect(breachOf(20, 20, spent(0, 1))).toEqual({ axis: 'emptied', count: 21, of: null })
})

test('where nobody leaves nothing is held, whatever was spent', () => {
  expect(breachOf(0, 0, spent(5_000, 500))).toBeNull()
})
