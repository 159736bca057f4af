import type { Limits } from '../membership/guard.ts'
import type { Scope } from '../membership/scope.ts'

/** What the settings say about groups and members, as the recipes use it. Durations in milliseconds. */
export interface Rules {
  scope: Scope
  members: { attribute: string; statuses: string[] }
  groups: { name: string; adopt: string[]; deleteAfter: number }
  renames: { keepFor: number }
  guard: Limits
  /** So many hints about users in ten minutes are followed one by one. */
  bulk: { userHints: number }
}

/** The part of the rules that says whom the names hold: another one takes effect when a person accepts it. */
export type AcceptedRules = Pick<Rules, 'scope' | 'members'> & { groups: Pick<Rules['groups'], 'name'> }
