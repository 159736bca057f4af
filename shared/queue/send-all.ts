import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs'
import pMap from 'p-map'

/** Messages that the queue didn't take. */
export class QueueError extends Error {
  override name = 'QueueError'
}

/** One message for a FIFO queue. */
export interface Message {
  body: string
  /** Messages of one group are handed out in order, one batch at a time. */
  group: string
  /** FIFO forgets a repeated id for five minutes, so it is new for every ring. */
  deduplication: string
}

// SQS: 10 messages a batch, and 256 KiB for all of a batch (the lower of the bounds that regions have).
const MOST_MESSAGES = 10
const MOST_BYTES = 256 * 1024
/** A FIFO queue takes 300 requests a second. */
const AT_ONCE = 8
/** A message that a batch didn't take is sent this often in all. */
const TRIES = 3

/** Sends messages in as few batches as SQS allows. It is fulfilled only when every single one is in the queue. */
export async function sendAll(client: SQSClient, QueueUrl: string, messages: readonly Message[]): Promise<void> {
  const entries = messages.map(({ body, group, deduplication }, index) => ({
    Id: String(index),
    MessageBody: body,
    MessageGroupId: group,
    MessageDeduplicationId: deduplication,
  }))
  await pMap(batches(entries), (batch) => sendBatch(client, QueueUrl, batch), { concurrency: AT_ONCE })
}

async function sendBatch(client: SQSClient, QueueUrl: string, batch: SendMessageBatchRequestEntry[]): Promise<void> {
  let Entries = batch
  for (let tries = 1; ; tries++) {
    const { Successful = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    const taken = new Set(Successful.map(({ Id }) => Id))
    Entries = Entries.filter(({ Id }) => !taken.has(Id))
    if (Entries.length === 0) return
    if (tries === TRIES)
      throw new QueueError(
        `${QueueUrl} did not take ${Entries.length} of ${batch.length} messages, tried ${TRIES} times`,
      )
  }
}

function batches(entries: SendMessageBatchRequestEntry[]): SendMessageBatchRequestEntry[][] {
  const all: SendMessageBatchRequestEntry[][] = []
  let bytes = 0
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.MessageBody!)
    const last = all.at(-1)
    if (last === undefined || last.length === MOST_MESSAGES || bytes + size > MOST_BYTES) {
      all.push([entry])
      bytes = size
    } else {
      last.push(entry)
      bytes += size
    }
  }
  return all
}
