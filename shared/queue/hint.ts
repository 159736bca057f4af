import type { Cause } from '../membership/mirror.ts'

/** What an event said about one user, as a question to the next read. */
export interface Question {
  /** Okta id of the user. */
  user: string
  /** `added` and `removed`: in the group or not, whatever the status. `on` and `off`: with a status that counts, or not. */
  says: 'added' | 'removed' | 'on' | 'off'
}

/** A doorbell: look at this group or user again; `org` says only that something changed. It carries no new value. */
export interface Hint {
  subject: 'group' | 'user' | 'org'
  /** Okta id of the group or user; empty for `org`. */
  id: string
  /** Only events book another look: Okta's reads may be older than its events. */
  by: 'event' | 'hand' | 'due'
  causes: Cause[]
  questions: Question[]
}

/** A hint as it came out of the queue. `sentAt` is the queue's SentTimestamp, epoch milliseconds. */
export interface ReceivedHint extends Hint {
  sentAt: number
}
