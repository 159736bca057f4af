import { spawnSync } from 'node:child_process'
import { basename, resolve } from 'node:path'
import {
  INSTRUMENTER_CONSTANTS,
  type InstrumenterContext,
  type Mutant,
  type MutantCoverage,
} from '@stryker-mutator/api/core'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner'
import { type Broken, Tests } from './tests.ts'

/** What the mutants read and write. */
const mutants: InstrumenterContext = {}
Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: mutants })

/** Stryker lets a mutant be run a hundred times as often as without it, which takes long in a loop that never ends. */
const LESS = 20

/** Judges mutants by tests in this process; a mutant of what runs as a module loads, in a process of its own. */
class Runner implements TestRunner {
  readonly #tests = new Tests()
  /** A test is broken without a mutant: each mutant gets a process of its own from here on. */
  #isSpoilt = false

  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun(): Promise<DryRunResult> {
    const mutantCoverage: MutantCoverage = { static: {}, perTest: {} }
    mutants.mutantCoverage = mutantCoverage
    await this.#tests.load()
    const tests: TestResult[] = []
    await this.#tests.run(
      null,
      (id) => {
        mutants.currentTestId = id
      },
      (id, fileName, failureMessage, timeSpentMs) => {
        delete mutants.currentTestId
        const test = { id, name: id, fileName, timeSpentMs }
        tests.push(
          failureMessage === null
            ? { ...test, status: TestStatus.Success }
            : { ...test, status: TestStatus.Failed, failureMessage },
        )
        return false
      },
    )
    delete mutants.mutantCoverage
    return { status: DryRunStatus.Complete, tests, mutantCoverage }
  }

  async mutantRun({
    testFilter,
    mutantActivation,
    activeMutant,
    hitLimit,
  }: MutantRunOptions): Promise<MutantRunResult> {
    const isLoaded = testFilter === undefined || mutantActivation === 'static'
    if (isLoaded || this.#isSpoilt) return resultOf(loadedWith(activeMutant))
    await this.#tests.load()
    Object.assign(mutants, {
      activeMutant: activeMutant.id,
      hitCount: 0,
      hitLimit: (hitLimit ?? Number.POSITIVE_INFINITY) / LESS,
    })
    const broken = await this.#tests.firstBroken(testFilter)
    delete mutants.activeMutant
    if (broken === null) return resultOf(null)
    // A mutant may leave something behind, which would break the tests of those after it.
    this.#isSpoilt = (await this.#tests.firstBroken([broken.id])) !== null
    return resultOf(this.#isSpoilt ? loadedWith(activeMutant) : broken)
  }
}

function resultOf(broken: Broken | null): MutantRunResult {
  return broken === null
    ? { status: MutantRunStatus.Survived, nrOfTests: 1 }
    : { status: MutantRunStatus.Killed, killedBy: [broken.id], failureMessage: broken.message, nrOfTests: 1 }
}

/** The first test that is broken where everything is loaded with the mutant. */
function loadedWith({ id, fileName }: Mutant): Broken | null {
  const file = resolve('test/mutation/load-with-mutant.ts')
  const first = `/${basename(fileName, '.ts')}.test`
  const { stdout, stderr } = spawnSync(process.execPath, [file, first], {
    encoding: 'utf8',
    env: { ...process.env, [INSTRUMENTER_CONSTANTS.ACTIVE_MUTANT_ENV_VARIABLE]: id },
  })
  const last = stdout.trimEnd().split('\n').at(-1)!
  return last.startsWith('{') || last === 'null' ? JSON.parse(last) : { id: 'loading', message: stderr.slice(0, 300) }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', Runner)]
