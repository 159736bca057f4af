import { resolve } from 'node:path'
import type { Scenario } from '../simulation/scenario.ts'
import type { World } from '../simulation/world.ts'
import type { Test } from './collect.ts'

const SEEDS: [Scenario, number][] = [
  ['any', 20],
  ['calm', 6],
  ['rough', 12],
  ['guard', 12],
  ['crash', 12],
]

/** No history takes a third of so many steps; one that takes more would go on for days of virtual time. */
const MOST_STEPS = 40_000

/** Histories of the simulation as tests. */
export async function historiesAsTests(): Promise<Test[]> {
  // From the folder with the mutants, not from the one that this file is in.
  const load = (file: string) => import(resolve('test/simulation', file))
  const { runHistory }: typeof import('../simulation/history.ts') = await load('history.ts')
  const { drawPlan }: typeof import('../simulation/plan.ts') = await load('plan.ts')
  neverForEver((await load('world.ts')).World.prototype)
  return SEEDS.flatMap(([scenario, seeds]) =>
    Array.from({ length: seeds }, (_, index): Test => {
      const seed = index + 2
      const run = async () => {
        const [violation] = (await runHistory(drawPlan(seed, scenario))).violations
        if (violation !== undefined) throw new Error(`invariant ${violation.invariant}: ${violation.what}`)
      }
      return { name: `history ${seed}, ${scenario}`, run }
    }),
  )
}

/** Makes worlds end that don't come to rest, which is what many a mutant does. */
function neverForEver(prototype: World): void {
  const { run } = prototype
  prototype.run = function (end, isOver = () => false) {
    const isOverNow = () => {
      if (this.steps > MOST_STEPS) throw new Error('the history does not come to rest')
      return isOver()
    }
    return run.call(this, end, isOverNow)
  }
}
