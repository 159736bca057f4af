import type { SQSRecord } from 'aws-lambda'
import * as z from 'zod/mini'
import type { Check } from '../membership/nightly.ts'
import type { ReceivedHint } from './hint.ts'

const cause = z.object({
  id: z.string(),
  type: z.string(),
  actor: z.optional(z.string()),
  user: z.optional(z.string()),
  published: z.optional(z.string()),
  queuedAt: z.optional(z.number()),
})

const hint = z.object({
  subject: z.enum(['group', 'user', 'org']),
  id: z.string(),
  books: z.boolean(),
  again: z.boolean(),
  causes: z.array(cause),
  questions: z.array(z.object({ user: z.string(), says: z.enum(['added', 'removed', 'on', 'off']) })),
  delivered: z.optional(z.array(z.string())),
})

const check = z.object({
  refresh: z.nullable(z.number()),
  people: z.number(),
  others: z.nullable(z.string()),
  seed: z.string(),
})

const nameRing = z.object({ key: z.string(), again: z.boolean(), check: z._default(z.nullable(check), null) })

/** The hint of a message. Throws where the message is none: it then goes to the dead-letter queue. */
export function hintOf(record: SQSRecord): ReceivedHint {
  const { causes, ...parsed } = hint.parse(JSON.parse(record.body))
  const sentAt = Number(record.attributes.SentTimestamp)
  // One that was passed on, as from a user to their groups, keeps when it was queued first.
  return { ...parsed, causes: causes.map((cause) => ({ queuedAt: sentAt, ...cause })), sentAt }
}

/** The name that a message rings, by its key, and what it is asked besides. Throws where the message is none. */
export function nameOf(record: SQSRecord): { key: string; again: boolean; check: Check | null } {
  return nameRing.parse(JSON.parse(record.body))
}
