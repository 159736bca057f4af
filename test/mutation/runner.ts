import type { Injector } from '@stryker-mutator/api/plugin'
import { commonTokens, declareFactoryPlugin, type PluginContext, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestRunner,
} from '@stryker-mutator/api/test-runner'
import { strykerPlugins as vitestPlugins } from '@stryker-mutator/vitest-runner'
import { Histories } from './histories.ts'

/** So many histories are run before the unit tests: they need nothing loaded. */
const FIRST = 12

/** Judges a mutant by some histories, then by Vitest's tests, then by the other histories. */
class Runner implements TestRunner {
  readonly #vitest: TestRunner
  readonly #histories = new Histories('__stryker__')

  constructor(vitest: TestRunner) {
    this.#vitest = vitest
  }

  capabilities() {
    return this.#vitest.capabilities()
  }

  async init() {
    await this.#vitest.init?.()
  }

  async dispose() {
    await this.#vitest.dispose?.()
  }

  async dryRun(options: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#vitest.dryRun(options)
    if (result.status !== DryRunStatus.Complete) return result
    const { tests, mutantCoverage } = await this.#histories.cover()
    const perTest = { ...result.mutantCoverage?.perTest, ...mutantCoverage.perTest }
    return {
      ...result,
      tests: [...result.tests, ...tests],
      mutantCoverage: { static: result.mutantCoverage?.static ?? {}, perTest },
    }
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { testFilter, mutantActivation, activeMutant, hitLimit } = options
    // What is run as a module loads needs modules that are loaded anew.
    if (testFilter === undefined || mutantActivation === 'static') return this.#vitest.mutantRun(options)
    const isHistory = (id: string) => this.#histories.ids.includes(id)
    const histories = testFilter.filter(isHistory)
    const others = testFilter.filter((id) => !isHistory(id))
    const judge = async (ids: string[]): Promise<MutantRunResult | null> => {
      const broken = await this.#histories.firstBroken(ids, activeMutant.id, hitLimit)
      return broken === null
        ? null
        : { status: MutantRunStatus.Killed, killedBy: [broken.id], failureMessage: broken.failureMessage, nrOfTests: 1 }
    }
    const first = await judge(histories.slice(0, FIRST))
    if (first !== null) return first
    if (others.length > 0) {
      const result = await this.#vitest.mutantRun({ ...options, testFilter: others })
      if (result.status !== MutantRunStatus.Survived) return result
    }
    const last = await judge(histories.slice(FIRST))
    return last ?? { status: MutantRunStatus.Survived, nrOfTests: testFilter.length }
  }
}

function createRunner(injector: Injector<PluginContext>): TestRunner {
  const vitest = vitestPlugins.find(({ name }) => name === 'vitest')!
  return new Runner(injector.injectFunction(vitest.factory))
}
createRunner.inject = tokens(commonTokens.injector)

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'histories-and-vitest', createRunner)]
