import { expect, test } from 'vitest'
import { runHistory } from './history.ts'
import { drawPlan } from './plan.ts'

// Histories that broke an invariant once. docs/testing.md names the tests that tell each without the simulation.
test.each([
  ['a list refused without somebody who was removed by hand put others out', 1, 'guard'],
  ['a name was deleted before a put of it had landed, and was foreign from then on', 39_249, 'any'],
  ['a worker that had stood still put what nobody wanted any more', 78_996, 'any'],
  ['a put that had FAILED was recorded as confirmed by what was put over it', 91_306, 'any'],
] as const)('%s: seed %i of %s', async (_, seed, scenario) => {
  const { violations } = await runHistory(drawPlan(seed, scenario), false)
  expect(violations).toEqual([])
})
