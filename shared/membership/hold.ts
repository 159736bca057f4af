import type { Axis } from './guard.ts'

/**
 * A set of people of one name whom Okta has out and the name keeps in, until a person lets them go or Okta has them in
 * again. It never ends by itself.
 */
export interface Hold {
  /** Names the hold among those of its name. */
  id: string
  /** Digest of the list of the people who are still held, and how many they are. */
  people: string
  count: number
  /** Epoch milliseconds. */
  since: number
  axis: Axis
  /** What the guard said. */
  detail: string
  /** A person said that they stay in, until Okta changes for them; null where nobody has decided. */
  rejected: Decision | null
}

/** What a person decided about a hold. */
export interface Decision {
  /** The identity of the caller, as AWS gives it. */
  by: string
  reason: string
  at: number
}
