/** Why a name isn't put as wanted. `same`: another spelling of it is, and Q Business takes the two for one group. */
export type RefusalReason = 'name' | 'foreign' | 'same' | 'list' | 'service' | 'quota'

/** A refusal as it is recorded: what was refused, why, and what to do about it. */
export interface Refusal {
  reason: RefusalReason
  /** The digest that was refused. The same isn't tried again until something changes. */
  wanted: string
  /** Digest of what may be put instead: what was last meant without those who left. Null where nothing may be. */
  reduced: string | null
  /** Epoch milliseconds. */
  at: number
  /** When it is tried again all the same, null for not before something changes. */
  until: number | null
  detail: string
  remedy: string
}

/** PutGroup takes 1,000 members inline (AWS quotas). */
export const MOST_MEMBERS = 1000

// GroupName of the Q Business model (API version 2023-11-27): 1 to 1,024 characters, \P{C}*.
const GROUP_NAME = /^\P{C}{1,1024}$/u

/** What is known beforehand to be refused: a name or a list that Q Business doesn't take. */
export function refusalOf(name: string, count: number): Pick<Refusal, 'reason' | 'detail' | 'remedy'> | null {
  if (!GROUP_NAME.test(name)) {
    return {
      reason: 'name',
      detail: `the name has ${[...name].length} characters, or one that can't be printed; Q Business takes 1 to 1,024 printable ones`,
      remedy: 'rename the group in Okta, or change groups.name in the settings',
    }
  }
  if (count > MOST_MEMBERS) {
    return {
      reason: 'list',
      detail: `the group has ${count} members, and PutGroup takes ${MOST_MEMBERS}; those who left are still taken out`,
      remedy: 'split the group in Okta, or leave it out of scope',
    }
  }
  return null
}
