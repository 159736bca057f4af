import { createHash } from 'node:crypto'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Check } from '../membership/nightly.ts'
import type { Doorbells } from '../sync/ports.ts'
import type { Hint } from './hint.ts'
import { type Message, sendAll } from './send-all.ts'

/** Where the queues are. */
export interface QueueUrls {
  hints: string
  names: string
}

/** The doorbells in SQS. `newId` gives every ring an id of its own. */
export function doorbellsIn(client: SQSClient, urls: QueueUrls, newId: () => string): Doorbells {
  return {
    async ringHints(hints) {
      const ring = newId()
      await sendAll(
        client,
        urls.hints,
        hints.map((hint) => hintMessage(hint, ring)),
      )
    },
    async ringNames(keys, again = false) {
      const ring = newId()
      await sendAll(
        client,
        urls.names,
        keys.map((key) => nameMessage({ key, again }, ring)),
      )
    },
    async ringChecks(checks) {
      const ring = newId()
      await sendAll(
        client,
        urls.names,
        checks.map(({ key, ...check }) => nameMessage({ key, again: false, check }, ring)),
      )
    },
  }
}

/**
 * The message of a hint. `ring` is the delivery's id where Okta sent it: a delivery that Okta repeats within five minutes
 * rings once.
 */
export function hintMessage(hint: Hint, ring: string): Message {
  const group = `${hint.subject}-${hint.id}`
  return { body: json(hint), group: hash(group), deduplication: hash(`${ring} ${group}`) }
}

function nameMessage(rung: { key: string; again: boolean; check?: Check }, ring: string): Message {
  const { key } = rung
  return { body: json(rung), group: hash(key), deduplication: hash(`${ring} ${key}`) }
}

/** JSON in ASCII: SQS doesn't take every character that a name may have (U+FFFF, say), nor fauxqs those beyond U+FFFF. */
function json(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped)
}

/** SQS takes 128 characters of a small alphabet, and names may be longer and of any. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
