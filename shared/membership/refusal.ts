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

/** What was found of an index may be another by and by; what is refused for it is tried again after this long. */
const FOUND_AGAIN = 24 * 3_600_000

/**
 * What is known beforehand to be refused: a name or a list that Q Business doesn't take.
 * @param most so many members a list may have, where a probe of the index found fewer than AWS says
 * @param now epoch milliseconds
 */
export function refusalOf(
  name: string,
  count: number,
  most: number,
  now: number,
): Pick<Refusal, 'reason' | 'detail' | 'remedy' | 'until'> | null {
  if (!GROUP_NAME.test(name)) {
    return {
      reason: 'name',
      detail: `the name has ${[...name].length} characters, or one that can't be printed; Q Business takes 1 to 1,024 printable ones`,
      remedy: 'rename the group in Okta, or change groups.name in the settings',
      until: null,
    }
  }
  if (count > most) {
    const isFound = most < MOST_MEMBERS
    return {
      reason: 'list',
      detail: `the group has ${count} members, and PutGroup takes ${most}${isFound ? ', as the probe found' : ''}; those who left are still taken out`,
      remedy: `split the group in Okta, or leave it out of scope${isFound ? '; if the index takes more by now, run q-group-sync doctor --probe and deploy what it finds' : ''}`,
      until: isFound ? now + FOUND_AGAIN : null,
    }
  }
  return null
}
