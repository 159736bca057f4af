import type { Parts } from './parts.ts'

/** An option of a verb; `value` names what it takes, and one without takes nothing. */
export interface Option {
  value?: string
  about: string
}

/** What somebody wrote after the verb. */
export interface Given {
  words: string[]
  options: Record<string, string | true | undefined>
}

/** One verb of the command. */
export interface Verb {
  about: string
  /** Its forms, without the options that every verb takes. */
  usage: string[]
  options: Record<string, Option>
  /** Everything that is wrong with what was given, each as a sentence. */
  faults(given: Given): string[]
  /** Answers the exit status. */
  run?(parts: Parts, given: Given): Promise<number>
  /** The same for a verb that also works where nothing is deployed yet, or where the settings are at fault. */
  runAnywhere?(where: { stage?: string; local?: boolean }, given: Given): Promise<number>
}

/** Exit statuses: all is done or nothing is to be done; it failed or was refused; what was written is wrong; something is to be done. */
export const DONE = 0
export const FAILED = 1
export const MISUSED = 2
export const TO_DO = 3

/** What every verb takes. */
export const COMMON: Record<string, Option> = {
  stage: { value: 'NAME', about: 'the deployed stage, with the settings of settings/NAME.json' },
  local: { about: 'the local cloud that npm run local keeps running' },
  help: { about: 'shows this' },
}

/** The words that a form takes: faults where there are more or fewer. */
export function wordFaults({ words }: Given, ...names: string[]): string[] {
  const missing = names.slice(words.length).map((name) => `${name} is missing`)
  return [...missing, ...words.slice(names.length).map((word) => `“${word}” is too much`)]
}

/** Faults of options that a form needs. */
export function missing({ options }: Given, ...names: string[]): string[] {
  return names.filter((name) => !String(options[name] ?? '').trim()).map((name) => `--${name} is missing`)
}
