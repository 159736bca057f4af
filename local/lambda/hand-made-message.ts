import { createHash, randomUUID } from 'node:crypto'
import type { Message } from '@aws-sdk/client-sqs'

/** What of a hand-made message matters to a test; the rest is made up. Times are milliseconds since 1970. */
export interface HandMade {
  body: string
  group: string
  deduplicationId?: string
  receiveCount?: number
  sentAt?: number
}

let sequence = 0

/**
 * A message as SQS gives it, never sent: `fn.invoke(sqsEvent(messages.map(handMadeMessage), arn))` is the batch that
 * fauxqs can't give, several messages of one group. What came of it tells `failedIds`.
 */
export function handMadeMessage(of: HandMade): Message {
  const { body, group, deduplicationId = randomUUID(), receiveCount = 1, sentAt = Date.now() } = of
  return {
    MessageId: randomUUID(),
    ReceiptHandle: randomUUID(),
    Body: body,
    MD5OfBody: createHash('md5').update(body).digest('hex'),
    Attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(sentAt),
      ApproximateFirstReceiveTimestamp: String(sentAt),
      SenderId: '000000000000',
      SequenceNumber: String(++sequence).padStart(20, '0'),
      MessageGroupId: group,
      MessageDeduplicationId: deduplicationId,
    },
  }
}
