import type { Cause } from '../membership/mirror.ts'
import { keepCauses } from '../membership/observe.ts'

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
  /** Whether it books another look a minute later, as events do: Okta's reads may be older than its events. */
  books: boolean
  /** Whether it was rung by hand: read whatever was read before, and try again what was refused. */
  again: boolean
  causes: Cause[]
  questions: Question[]
  /** Uuids of the events of Okta's deliveries that it comes of, all of them: who takes the hint notes that they came. */
  delivered?: string[]
}

/** A hint as it came out of the queue. `sentAt` is the queue's SentTimestamp, epoch milliseconds. */
export interface ReceivedHint extends Hint {
  sentAt: number
}

/** How many questions a hint carries: they only speed things up, and a message is bounded. */
const MOST_QUESTIONS = 100
/** How many uuids a hint carries, 195 KB of the 256 that a message may have; of more, the first would count as lost. */
const MOST_DELIVERED = 5_000

/** Two hints about the same as one: of two questions about a user the later stands. */
export function mergeHints<T extends Hint>(a: T, b: T): T {
  const questions = new Map([...a.questions, ...b.questions].map((question) => [question.user, question]))
  const delivered = [...new Set([...(a.delivered ?? []), ...(b.delivered ?? [])])].slice(-MOST_DELIVERED)
  return {
    ...a,
    books: a.books || b.books,
    again: a.again || b.again,
    causes: keepCauses([...a.causes, ...b.causes]),
    questions: [...questions.values()].slice(-MOST_QUESTIONS),
    ...(delivered.length > 0 && { delivered }),
  }
}

/** Two received hints about the same as one, as late as the later. */
export function mergeReceived(a: ReceivedHint, b: ReceivedHint): ReceivedHint {
  return { ...mergeHints(a, b), sentAt: Math.max(a.sentAt, b.sentAt) }
}
