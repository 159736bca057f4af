import { expect, test } from 'vitest'
import { runHistory } from '../simulation/history.ts'
import { drawPlan } from '../simulation/plan.ts'

test.each(Array.from({ length: 60 }, (_, index) => index + 1))('history %i breaks no invariant', async (seed) => {
  const { violations } = await runHistory(drawPlan(seed, 'any'))
  expect(violations).toEqual([])
})
