// Stands in for Vitest where tests judge mutants: their files are loaded once, natively, and every mutant is judged in the same
// process. Vitest loads them anew each time, which takes ten times as long as the tests themselves.
import fc from 'fast-check'
import { vi as spies } from 'vitest'

export { expect } from 'vitest'
export { fc }
export const vi = spies

type Work = (...given: never[]) => unknown

/** A test of a file, with what is done before and after it. */
export interface Test {
  name: string
  run: () => Promise<void>
}

/** All that a file has told. */
export interface TestFile {
  tests: Test[]
  before: Work[]
  after: Work[]
}

interface Suite {
  name: string
  beforeEach: Work[]
  afterEach: Work[]
}

let file: TestFile = { tests: [], before: [], after: [] }
let suites: Suite[] = []

/** What a file tells while it is loaded. */
export async function collected(load: () => Promise<unknown>): Promise<TestFile> {
  file = { tests: [], before: [], after: [] }
  suites = [{ name: '', beforeEach: [], afterEach: [] }]
  await load()
  return file
}

export function describe(name: string, tell: () => void): void {
  suites.push({ name, beforeEach: [], afterEach: [] })
  tell()
  suites.pop()
}

function tellTest(name: string, ...[first, second]: [object, Work] | [Work, unknown?]): void {
  const work = (typeof first === 'function' ? first : second) as Work
  const within = [...suites]
  const run = async () => {
    for (const suite of within) for (const each of suite.beforeEach) await each()
    try {
      await work()
    } finally {
      for (const suite of within.toReversed()) for (const each of suite.afterEach) await each()
    }
  }
  file.tests.push({ name: [...suites.slice(1).map((suite) => suite.name), name].join(' > '), run })
}

/** One test for each row: `%s` in its name stays as it is, since the row's number tells them apart. */
function each(rows: readonly unknown[]) {
  return (name: string, ...given: [object, Work] | [Work, unknown?]) => {
    const work = (typeof given[0] === 'function' ? given[0] : given[1]) as Work
    for (const [index, row] of rows.entries()) {
      tellTest(`${name} (${index + 1})`, () => work(...((Array.isArray(row) ? row : [row]) as never[])))
    }
  }
}

/** A property, the same each time, and not made smaller where it fails. */
function prop(arbitraries: readonly fc.Arbitrary<unknown>[], parameters: object = {}) {
  return (name: string, ...given: [object, Work] | [Work, unknown?]) => {
    const work = (typeof given[0] === 'function' ? given[0] : given[1]) as Work
    const property = fc.asyncProperty(
      fc.tuple(...arbitraries),
      async (drawn) => work(...(drawn as never[])) as undefined,
    )
    tellTest(name, () => fc.assert(property, { ...parameters, seed: 1, numRuns: 50, endOnFailure: true }))
  }
}

export const test = Object.assign(tellTest, { each, prop })
export const it = test
export const beforeAll = (work: Work): void => void file.before.push(work)
export const afterAll = (work: Work): void => void file.after.push(work)
export const beforeEach = (work: Work): void => void suites.at(-1)!.beforeEach.push(work)
export const afterEach = (work: Work): void => void suites.at(-1)!.afterEach.push(work)
