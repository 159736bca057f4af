import { resolve } from 'node:path'
import type { MutantCoverage } from '@stryker-mutator/api/core'
import { type TestResult, TestStatus } from '@stryker-mutator/api/test-runner'
import type { runHistory } from '../simulation/history.ts'
import type { drawPlan } from '../simulation/plan.ts'
import type { Scenario } from '../simulation/scenario.ts'
import type { World } from '../simulation/world.ts'

/** What the instrumented code reads and writes. */
interface Instrumented {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  mutantCoverage?: MutantCoverage
  hitCount?: number | undefined
  hitLimit?: number | undefined
}

interface Simulation {
  runHistory: typeof runHistory
  drawPlan: typeof drawPlan
}

const SEEDS: [Scenario, number][] = [
  ['any', 30],
  ['calm', 10],
  ['rough', 20],
  ['guard', 20],
  ['crash', 20],
]

/** No history takes a third of so many steps; one that takes more would go on for days of virtual time. */
const MOST_STEPS = 40_000

/** Histories of the simulation as tests of mutants: they are loaded once, and run in this process. */
export class Histories {
  readonly ids = SEEDS.flatMap(([scenario, seeds]) =>
    Array.from({ length: seeds }, (_, seed) => `history ${seed + 2} ${scenario}`),
  )
  readonly #stryker: Instrumented
  #simulation: Simulation | null = null

  constructor(namespace: string) {
    this.#stryker = (globalThis as unknown as Record<string, Instrumented>)[namespace] ??= {}
  }

  async #load(): Promise<Simulation> {
    // From the folder with the mutants, not from the one that this file is in.
    const load = (file: string) => import(resolve('test/simulation', file))
    if (this.#simulation === null) neverForEver((await load('world.ts')).World.prototype)
    this.#simulation ??= { ...(await load('history.ts')), ...(await load('plan.ts')) }
    return this.#simulation!
  }

  /** Runs all without a mutant: each with what it took, and which mutants it covers. */
  async cover(): Promise<{ tests: TestResult[]; mutantCoverage: MutantCoverage }> {
    const { mutantCoverage: others } = this.#stryker
    const mutantCoverage: MutantCoverage = { static: {}, perTest: {} }
    this.#stryker.mutantCoverage = mutantCoverage
    await this.#load()
    const tests: TestResult[] = []
    for (const id of this.ids) {
      this.#stryker.currentTestId = id
      const began = performance.now()
      const failureMessage = await this.#failureOf(id)
      const test = {
        id,
        name: id,
        fileName: resolve('test/simulation/history.ts'),
        timeSpentMs: performance.now() - began,
      }
      tests.push(
        failureMessage === null
          ? { ...test, status: TestStatus.Success }
          : { ...test, status: TestStatus.Failed, failureMessage },
      )
    }
    this.#stryker.currentTestId = undefined
    if (others !== undefined) this.#stryker.mutantCoverage = others
    return { tests, mutantCoverage }
  }

  /** The first of these histories that the mutant breaks, and how. */
  async firstBroken(ids: readonly string[], mutant: string, hitLimit: number | undefined) {
    await this.#load()
    Object.assign(this.#stryker, { activeMutant: mutant, hitCount: 0, hitLimit })
    try {
      for (const id of ids) {
        const failureMessage = await this.#failureOf(id)
        if (failureMessage !== null) return { id, failureMessage }
      }
      return null
    } finally {
      this.#stryker.activeMutant = undefined
    }
  }

  async #failureOf(id: string): Promise<string | null> {
    const { runHistory, drawPlan } = await this.#load()
    const [, seed, scenario] = id.split(' ')
    try {
      const { violations } = await runHistory(drawPlan(Number(seed), scenario as Scenario))
      return violations[0]?.what ?? null
    } catch (error) {
      return String(error)
    }
  }
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
