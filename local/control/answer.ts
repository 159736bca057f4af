import type * as z from 'zod'

/** One thing of a stand-in that can be looked at and, by what it has, changed. What is given is JSON, not yet checked. */
export interface Resource {
  /** GET */
  read(): unknown
  /** PUT: all of it; what isn't given is as from the start. */
  replace?(given: unknown): void
  /** PATCH: what is given, and nothing else. */
  change?(given: unknown): void
  /** DELETE: as from the start. */
  clear?(): void
}

/** A stand-in by its resources: `switches`, `faults`, `calls`, … */
export type ControlTarget = Readonly<Record<string, Resource>>

/** Something that was asked for and doesn't fit; `path` is where in the body, empty for the body as a whole. */
interface Problem {
  path: string
  message: string
}

/** All that is wrong with what was given. Nothing of it has been done. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '))
    this.problems = problems
  }
}

/** What was given, as the schema has it. @throws Unfit with all that is wrong */
export function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const { success, data, error } = schema.safeParse(given)
  if (success) return data
  throw new Unfit(error.issues.map(({ path, message }) => ({ path: path.join('.'), message })))
}

interface ControlAnswer {
  status: number
  body: unknown
  allow?: string
}

const VERBS = { PUT: 'replace', PATCH: 'change', DELETE: 'clear' } as const

/** Answers one request for `/<target>/<resource>`: with the state after it, or with why nothing was done. */
export function answer(
  targets: Readonly<Record<string, ControlTarget>>,
  method: string,
  path: string,
  body: string,
): ControlAnswer {
  const [, target = '', name = '', ...rest] = path.split('/')
  const resource = rest.length === 0 ? ownOf(ownOf(targets, target), name) : undefined
  if (!resource) {
    const paths = Object.entries(targets).flatMap(([of, its]) => Object.keys(its).map((each) => `/${of}/${each}`))
    return { status: 404, body: { message: `There is no ${path} here.`, paths } }
  }
  const allowed = Object.entries(VERBS).filter(([, verb]) => resource[verb])
  const verb = allowed.find(([allow]) => allow === method)?.[1]
  if (method !== 'GET' && !verb) {
    const allow = ['GET', ...allowed.map(([each]) => each)].join(', ')
    return { status: 405, body: { message: `${path} takes ${allow}.` }, allow }
  }
  try {
    if (verb) resource[verb]?.(verb === 'clear' ? undefined : parsed(body))
    return { status: 200, body: resource.read() }
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    return { status: 400, body: { message: error.message, problems: error.problems } }
  }
}

/** JSON of a state, in which what JSON doesn't have is said in words. */
export function jsonOf(state: unknown): string {
  const said = (_: string, value: unknown) => {
    if (typeof value === 'function') return '(a function)'
    if (value === Number.POSITIVE_INFINITY) return 'Infinity'
    return value instanceof RegExp ? value.source : value
  }
  return `${JSON.stringify(state, said, 2)}\n`
}

function ownOf<T>(from: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return from && Object.hasOwn(from, name) ? from[name] : undefined
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new Unfit([{ path: '', message: 'The body is no JSON.' }])
  }
}
