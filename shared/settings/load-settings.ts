import { readFileSync } from 'node:fs'
import { en } from 'zod/locales'
import * as z from 'zod/mini'
import { MOST_MEMBERS } from '../membership/refusal.ts'
import type { Rules } from '../sync/rules.ts'
import { foundIn } from './findings.ts'
import { type Settings, settingsSchema } from './schema.ts'

z.config(en())

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
  const faults = parsed.error.issues.map((issue) => {
    const allowed = issue.code === 'unrecognized_keys' ? `; allowed are ${keysAt(issue.path).join(', ')}` : ''
    return `  ${issue.path.join('.') || '(all of it)'}: ${issue.message}${allowed}`
  })
  throw new SettingsError(
    `${file} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${faults.join('\n')}`,
  )
}

/** The keys that the schema has at a path. */
function keysAt(path: readonly PropertyKey[]): string[] {
  type Node = { def: { shape?: Record<PropertyKey, Node>; innerType?: Node } }
  const shapeOf = ({ def }: Node): Record<PropertyKey, Node> =>
    def.shape ?? (def.innerType ? shapeOf(def.innerType) : {})
  const end = path.reduce<Node>((node, key) => shapeOf(node)[key]!, settingsSchema as unknown as Node)
  return Object.keys(shapeOf(end))
}

/** Reads and parses a stage's settings file. */
export function loadSettings(file: string): Settings {
  return parseSettings(readFileSync(file, 'utf8'), file)
}

const DAY = 86_400_000

/** What of the settings the recipes go by. */
export function rulesOf(settings: Settings): Rules {
  const { qBusiness, mode, scope, members, groups, renames, guard, bulk, drift, refresh } = settings
  const limit = foundIn(qBusiness, 'memberLimit')
  return {
    mode,
    scope,
    members,
    groups: { name: groups.name, adopt: groups.adopt, deleteAfter: groups.deleteAfterDays * DAY },
    renames: { keepFor: renames.keepDays * DAY },
    guard,
    bulk,
    drift: { sample: drift.sample, putsPerNight: drift.putsPerNight },
    refresh: { within: refresh.days * DAY },
    mostMembers: typeof limit === 'number' ? Math.min(limit, MOST_MEMBERS) : MOST_MEMBERS,
  }
}
