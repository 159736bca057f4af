import { parseArgs } from 'node:util'
import { COMMON, type Given, type Verb } from './verb.ts'

/** What somebody wrote after a verb, and everything that is wrong with it, all at once. */
export function argumentsOf(verb: Verb, args: string[]): { given: Given; faults: string[] } {
  const known = { ...verb.options, ...COMMON }
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' } as const]),
  )
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true })
  const given: Given = { words: [], options: {} }
  const faults: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') given.words.push(token.value)
    if (token.kind !== 'option') continue
    const option = known[token.name]
    if (option === undefined) faults.push(`there is no option ${token.rawName}`)
    else if (given.options[token.name] !== undefined) faults.push(`${token.rawName} is given twice`)
    else if (option.value === undefined && token.value !== undefined) faults.push(`${token.rawName} takes no value`)
    // What looks like another option was hardly meant as the value.
    else if (option.value !== undefined && (token.value === undefined || /^--?\w/.test(token.value))) {
      faults.push(`${token.rawName} needs a value: ${token.rawName} ${option.value}`)
      given.options[token.name] = option.value
    } else given.options[token.name] = token.value ?? true
  }
  if (given.options['help']) return { given, faults: [] }
  if (given.options['stage'] && given.options['local']) faults.push('--stage and --local are two places: give one')
  return { given, faults: [...faults, ...verb.faults(given)] }
}
