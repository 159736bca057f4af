import type { Decision } from '../membership/hold.ts'
import type { Cause } from '../membership/mirror.ts'
import type { AcceptedRules } from './rules.ts'

/** One put, as it is kept for the auditor. Times are epoch milliseconds. */
export interface Change {
  key: string
  /** Sort key: time of the intent and version, so that records sort as they happened. */
  id: string
  name: string
  owner: string | null
  before: string | null
  after: string
  joined: number
  left: number
  /** How many are held in it. */
  held: number
  because: string
  /** Ids of the holds whose people a person let go by it. */
  approval?: string[]
  causes: Cause[]
  at: number
}

/** What a person decided, as it is kept for the auditor; it never expires. */
export interface DecisionRecord extends Decision {
  /** Sort key: when, and an id of its own. */
  id: string
  /** What it is about: a name by its key, a person by their canonical user id, or the stage, of which there is one. */
  about: { name: string } | { person: string } | 'stage'
  verb: 'approve' | 'reject' | 'remove' | 'restore' | 'accept settings' | 'upgrade' | 'go' | 'stop'
  /** The hold, and the people it is about: digest of their list, and how many. */
  hold?: string
  people?: string
  count?: number
  /** When somebody who was removed is let in again, epoch milliseconds. */
  until?: number
  /** The settings, and by what they go. */
  fingerprint?: string
  accepted?: AcceptedRules
  /** Versions of the table. */
  from?: number
  to?: number
}
