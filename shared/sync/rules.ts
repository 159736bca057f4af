import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Limits } from '../membership/guard.ts'
import type { Scope } from '../membership/scope.ts'

/** What the settings say about groups and members, as the recipes use it. Durations in milliseconds. */
export interface Rules {
  /** Whether anything is put before a person has said so. */
  mode: 'observe' | 'put'
  scope: Scope
  members: { attribute: string; statuses: string[] }
  groups: { name: string; adopt: string[]; deleteAfter: number }
  renames: { keepFor: number }
  guard: Limits
  /** So many hints about users in ten minutes are followed one by one. */
  bulk: { userHints: number }
  /** How many people are asked about a night, and how many names are put for drift. */
  drift: { sample: number; putsPerNight: number }
  /** Every name is put anew within this. */
  refresh: { within: number }
  /** So many members a list may have, as far as it is known. */
  mostMembers: number
}

/** The part of the rules that says whom the names hold: another one takes effect when a person accepts it. */
export type AcceptedRules = Pick<Rules, 'scope' | 'members'> & { groups: Pick<Rules['groups'], 'name'> }

/** What of the rules waits for a person where it changes. */
export function acceptedOf({ scope, members, groups }: Rules): AcceptedRules {
  return { scope, members, groups: { name: groups.name } }
}

/** Tells settings apart that say otherwise whom the names hold: twelve hexadecimal digits. */
export function fingerprintOf(accepted: AcceptedRules): string {
  const { scope, members, groups } = accepted
  // One order of keys, whichever the table gives them in.
  const facts = [scope.types, scope.names, scope.ids, members.attribute, members.statuses, groups.name]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12)
}

/** What settings say otherwise than those in force, by the keys of the settings file. */
export function differencesOf(
  inForce: AcceptedRules,
  here: AcceptedRules,
): { key: string; inForce: unknown; here: unknown }[] {
  const flat = ({ scope, members, groups }: AcceptedRules): Record<string, unknown> => ({
    'scope.types': scope.types,
    'scope.names': scope.names,
    'scope.ids': scope.ids,
    'members.attribute': members.attribute,
    'members.statuses': members.statuses,
    'groups.name': groups.name,
  })
  const [before, after] = [flat(inForce), flat(here)]
  return Object.keys(after)
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => ({ key, inForce: before[key], here: after[key] }))
}
