import { COMMON, type Option, type Verb } from './verb.ts'

/** How wide the first column of options is. */
const WIDTH = 26

/** What the command does. */
export function help(verbs: Record<string, Verb>): string {
  const forms = Object.values(verbs).flatMap(({ usage, about }) => [
    ...usage.map((form) => `  ${form}`),
    `      ${about}`,
  ])
  return [
    'npx q-group-sync VERB …',
    '',
    ...forms,
    '',
    'Every verb takes one of these, or else goes by the variables that the functions have:',
    ...lines(COMMON),
    '',
    'Exit status: 0 done, or nothing to do; 1 failed or refused; 2 not understood; 3 something to do.',
  ].join('\n')
}

/** What one verb does. */
export function helpOf({ usage, about, options }: Verb): string {
  return [
    ...usage.map((form) => `npx q-group-sync ${form}`),
    `  ${about}`,
    '',
    ...lines({ ...options, ...COMMON }),
  ].join('\n')
}

function lines(options: Record<string, Option>): string[] {
  return Object.entries(options).map(
    ([name, { value, about }]) => `  ${`--${name}${value ? ` ${value}` : ''}`.padEnd(WIDTH)}${about}`,
  )
}
