import { parseArgs } from 'node:util'
import { COMMON, type Given, type Option, type Verb } from './verb.ts'

/** What somebody wrote after a verb, and everything that is wrong with it, all at once. */
export function argumentsOf(verb: Verb, args: readonly string[]): { given: Given; faults: string[] } {
  const known = { ...verb.options, ...COMMON }
  const { complete, faults } = withValues(args, known)
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' } as const]),
  )
  const { tokens } = parseArgs({ args: complete, options, strict: false, allowPositionals: true, tokens: true })
  const given: Given = { words: [], options: {} }
  for (const token of tokens) {
    if (token.kind === 'positional') given.words.push(token.value)
    if (token.kind !== 'option') continue
    const option = known[token.name]
    if (option === undefined) faults.push(`there is no option ${token.rawName}`)
    else if (given.options[token.name] !== undefined) faults.push(`${token.rawName} is given twice`)
    else if (option.value === undefined && token.value !== undefined) faults.push(`${token.rawName} takes no value`)
    else given.options[token.name] = token.value ?? true
  }
  if (given.options['help']) return { given, faults: [] }
  if (given.options['stage'] && given.options['local']) faults.push('--stage and --local are two places: give one')
  return { given, faults: [...faults, ...verb.faults(given)] }
}

/** What looks like another option was hardly meant as a value: one that has none gets its own name, so that the rest is read. */
function withValues(args: readonly string[], known: Record<string, Option>): { complete: string[]; faults: string[] } {
  const faults: string[] = []
  const complete = args.map((arg, index) => {
    const value = arg.startsWith('--') ? known[arg.slice(2)]?.value : undefined
    const next = args[index + 1]
    if (value === undefined || (next !== undefined && !/^--?\w/.test(next))) return arg
    faults.push(`${arg} needs a value: ${arg} ${value}`)
    return `${arg}=${value}`
  })
  return { complete, faults }
}
