import { invalid } from './okta-error.ts'

/** An attribute that a filter may name: how to read it, and with which operators. Dates are compared as epoch ms. */
export interface Attribute<T> {
  kind: 'text' | 'date'
  operators: readonly string[]
  read: (thing: T) => string | number | readonly string[]
}

/** The attributes of one endpoint, by their names in a filter. */
export type Attributes<T> = Readonly<Record<string, Attribute<T>>>

type Test<T> = (thing: T) => boolean

export function text<T>(
  read: (thing: T) => string | readonly string[],
  operators: readonly string[] = ['eq'],
): Attribute<T> {
  return { kind: 'text', operators, read }
}

export function date<T>(read: (thing: T) => number): Attribute<T> {
  return { kind: 'date', operators: ['eq', 'gt', 'ge', 'lt', 'le'], read }
}

/**
 * The SCIM expressions that a synchronizer sends: comparisons, `and`, `or`, parentheses. What isn't among `attributes` is
 * refused, even where Okta knows it: better a loud test than a filter that filters nothing.
 * @param parameter the name of the query parameter; values of `search` are compared without regard to case, as Okta says
 * @throws OktaError 400 E0000001
 */
export function parseFilter<T>(expression: string, attributes: Attributes<T>, parameter: string): Test<T> {
  const tokens = tokensOf(expression)
  const wrong = (why: string) => invalid(parameter, `${parameter}: Invalid filter '${expression}': ${why}`)
  const take = () => tokens.shift() ?? ''
  const isNext = (word: string) => tokens[0]?.toLowerCase() === word

  const anyOf = (): Test<T> => {
    const tests = [allOf()]
    while (isNext('or')) {
      take()
      tests.push(allOf())
    }
    return (thing) => tests.some((test) => test(thing))
  }
  const allOf = (): Test<T> => {
    const tests = [one()]
    while (isNext('and')) {
      take()
      tests.push(one())
    }
    return (thing) => tests.every((test) => test(thing))
  }
  const one = (): Test<T> => {
    if (!isNext('(')) return comparison()
    take()
    const test = anyOf()
    if (take() !== ')') throw wrong('a parenthesis is open')
    return test
  }
  const comparison = (): Test<T> => {
    const name = take()
    const operator = take().toLowerCase()
    const literal = take()
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined
    if (!attribute?.operators.includes(operator)) throw wrong(`unknown comparison '${name} ${operator}'`)
    if (!/^".*"$/s.test(literal)) throw wrong('a value must be in double quotes')
    const value = literal.slice(1, -1).replace(/\\(.)/gs, '$1')
    if (attribute.kind === 'text') {
      const fold = parameter === 'search' ? (some: string) => some.toLowerCase() : (some: string) => some
      return (thing) => [attribute.read(thing)].flat().some((has) => textIs(fold(String(has)), operator, fold(value)))
    }
    const time = Date.parse(value)
    if (Number.isNaN(time)) throw wrong(`'${value}' is no date`)
    return (thing) => dateIs(Number(attribute.read(thing)), operator, time)
  }

  const test = anyOf()
  if (tokens.length > 0) throw wrong(`nothing is expected after it, but '${tokens[0]}' is there`)
  return test
}

function tokensOf(expression: string): string[] {
  return expression.match(/\(|\)|"(?:[^"\\]|\\.)*"|[^\s()"]+|"/g) ?? []
}

function textIs(has: string, operator: string, value: string): boolean {
  if (operator === 'sw') return has.startsWith(value)
  return operator === 'co' ? has.includes(value) : has === value
}

function dateIs(has: number, operator: string, time: number): boolean {
  if (operator === 'gt') return has > time
  if (operator === 'ge') return has >= time
  if (operator === 'lt') return has < time
  return operator === 'le' ? has <= time : has === time
}
