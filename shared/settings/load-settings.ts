import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import type { Rules } from '../sync/rules.ts'
import { type Settings, settingsSchema } from './schema.ts'

z.config(z.locales.en())

/** Settings that don't fit; the message names every fault with its path and what is allowed. */
export class SettingsError extends Error {
  override name = 'SettingsError'
}

/** Parses a stage's settings. Throws SettingsError with everything that is wrong, all at once. */
export function parseSettings(text: string, file: string): Settings {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new SettingsError(`${file} is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const parsed = settingsSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || '(all of it)'}: ${message}`)
  throw new SettingsError(
    `${file} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${faults.join('\n')}`,
  )
}

/** Reads and parses a stage's settings file. */
export function loadSettings(file: string): Settings {
  return parseSettings(readFileSync(file, 'utf8'), file)
}

const DAY = 86_400_000

/** What of the settings the recipes go by. */
export function rulesOf({ scope, members, groups, renames }: Settings): Rules {
  return {
    scope,
    members,
    groups: { name: groups.name, adopt: groups.adopt, deleteAfter: groups.deleteAfterDays * DAY },
    renames: { keepFor: renames.keepDays * DAY },
  }
}
