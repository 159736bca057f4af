import { globSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { collected, type TestFile } from './collect.ts'
import { historiesAsTests } from './histories.ts'

/** What is fast, and the same each time. */
const FILES = [
  'test/membership/*.test.ts',
  'test/regressions/membership.test.ts',
  'test/sync/*.test.ts',
  'test/regressions/recipes.test.ts',
]
/** They look at rows as DynamoDB has them; the others have a table in memory, which is ten times as fast. */
const WITH_DYNAMODB = ['take-page'].map((file) => `/test/sync/${file}.test.ts`)
/** It makes time pass for the whole process. */
const LEFT_OUT = ['test/sync/own-puts.test.ts']
/** The histories are run in two parts: so many early, since a recipe's mutant breaks most of them, and the others last. */
const EARLY = 12
/** No test takes a tenth of it: a test under a mutant that does is broken. */
const MOST_TIME = 5_000

/** A test by its id, and what came of it; null where it passed. */
export type Broken = { id: string; message: string }

interface Loaded {
  tests: { id: string; run: () => Promise<void> }[]
  before: TestFile['before']
  after: TestFile['after']
}

/** The tests of a file, loaded when they are first asked for. */
interface Part {
  file: string
  loaded: () => Promise<Loaded>
}

/** The tests that judge mutants, of the working folder. */
export class Tests {
  readonly #parts: Part[]

  /** @param first what is in the name of the file whose tests are run first */
  constructor(first = '') {
    standIn()
    const files = FILES.flatMap((pattern) => globSync(pattern).sort()).filter((file) => !LEFT_OUT.includes(file))
    const parts = files.map((file): Part => ({ file, loaded: once(() => loadFile(file)) }))
    const histories = once(historiesAsTests)
    const some = (from: number, to?: number): Part => ({
      file: 'test/simulation/history.ts',
      loaded: async () => {
        const tests = (await histories()).slice(from, to).map(({ name, run }) => ({ id: name, run }))
        return { tests, before: [], after: [] }
      },
    })
    const isFirst = ({ file }: Part) => first !== '' && file.includes(first)
    // The pure core's tests before the others, since they take no time.
    const isEarly = (part: Part) => !isFirst(part) && part.file.includes('membership')
    const isLate = (part: Part) => !isFirst(part) && !isEarly(part)
    this.#parts = [
      ...parts.filter(isFirst),
      ...parts.filter(isEarly),
      some(0, EARLY),
      ...parts.filter(isLate),
      some(EARLY),
    ]
  }

  async load(): Promise<void> {
    for (const { loaded } of this.#parts) await loaded()
  }

  /** Runs those of the ids, or all, until `ended` says that it is enough. */
  async run(
    ids: ReadonlySet<string> | null,
    begins: (id: string) => void,
    ended: (id: string, file: string, message: string | null, took: number) => boolean,
  ): Promise<void> {
    for (const { file, loaded } of this.#parts) {
      const { tests, before, after } = await loaded()
      const chosen = tests.filter(({ id }) => ids === null || ids.has(id))
      if (chosen.length === 0) continue
      try {
        const failed = await failureOf(async () => {
          for (const work of before) await work()
        })
        for (const { id, run } of chosen) {
          begins(id)
          const began = performance.now()
          const message = failed ?? (await failureOf(run))
          if (ended(id, file, message, performance.now() - began)) return
        }
      } finally {
        await failureOf(async () => {
          for (const work of after) await work()
        })
      }
    }
  }

  /** The first that is broken, of those of the ids or of all. */
  async firstBroken(ids: readonly string[] | null): Promise<Broken | null> {
    let broken: Broken | null = null
    await this.run(
      ids === null ? null : new Set(ids),
      () => {},
      (id, _, message) => {
        if (message !== null) broken = { id, message }
        return message !== null
      },
    )
    return broken
  }
}

async function loadFile(file: string): Promise<Loaded> {
  const { tests, ...around } = await collected(() => import(resolve(file)))
  return { ...around, tests: tests.map(({ name, run }) => ({ id: `${file} ${name}`, run })) }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

async function failureOf(work: () => Promise<void>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((done) => {
    timer = setTimeout(done, MOST_TIME, `it took longer than ${MOST_TIME / 1_000} s`)
  })
  const failed = work().then(
    () => null,
    (error) => (error instanceof Error ? error.message : String(error)),
  )
  const message = await Promise.race([failed, late])
  clearTimeout(timer)
  return message
}

/** What the tests import is another module here: of Vitest, and of the table. */
function standIn(): void {
  const own = pathToFileURL(import.meta.dirname).href
  const vitest = pathToFileURL(join(import.meta.dirname, 'collect.ts')).href
  const table = pathToFileURL(resolve('test/support/in-memory-table.ts')).href
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL ?? ''
      if (parent.endsWith('.ts') && !parent.startsWith(`${own}/`)) {
        if (specifier === 'vitest' || specifier === '@fast-check/vitest') return { url: vitest, shortCircuit: true }
        const isWhole = WITH_DYNAMODB.some((file) => parent.endsWith(file))
        if (specifier === '../snapshot/table.ts' && !isWhole) return { url: table, shortCircuit: true }
      }
      return next(specifier, context)
    },
  })
}
