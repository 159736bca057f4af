import { setTimeout as wait } from 'node:timers/promises'
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { credentials } from '../credentials.ts'
import { failedIds } from './failed-ids.ts'
import type { LambdaFunction } from './lambda-function.ts'
import { sqsEvent } from './sqs-event.ts'

export interface PollerOptions {
  fn: LambdaFunction
  /** Its origin is also where the requests go. */
  queueUrl: string
  /** 1 to 10, which is SQS's most for a FIFO queue. Default 10. */
  batchSize?: number
  /** How many batches may be with the function at once. Default 10; AWS takes no less than 2, this takes 1. */
  maximumConcurrency?: number
  /** Default `us-east-1`. */
  region?: string
  /** What the queue refused, and what couldn't be deleted. The poller goes on. Default: a line on stderr. */
  onError?: (error: unknown) => void
}

/** `stop()` receives no more, and returns when the batches in flight have ended. */
export interface Poller {
  stop(): Promise<void>
}

/**
 * One event source mapping with ReportBatchItemFailures: long polls the queue, invokes the function, deletes what
 * succeeded. What failed comes back when its visibility timeout ends, as with Lambda, which doesn't touch it either;
 * dead-lettering is the queue's. The queue itself keeps a message group to one batch at a time, as long as its
 * visibility timeout outlasts the function.
 * @throws Error where it doesn't, as Lambda refuses such a mapping; and what SQS answers when the queue isn't there.
 */
export async function startPoller(options: PollerOptions): Promise<Poller> {
  const { fn, queueUrl, batchSize = 10, maximumConcurrency = 10, region = 'us-east-1' } = options
  const onError = options.onError ?? ((error) => console.error(`the poller of ${fn.name}:`, error))
  const client = new SQSClient({ endpoint: new URL(queueUrl).origin, region, ...credentials() })
  const stopping = new AbortController()
  const batches = new Set<Promise<void>>()

  const receive = async (): Promise<Message[]> => {
    const request = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    })
    try {
      return (await client.send(request, { abortSignal: stopping.signal })).Messages ?? []
    } catch (error) {
      if (stopping.signal.aborted) return []
      onError(error)
      await wait(1000, undefined, { signal: stopping.signal }).catch(() => {})
      return []
    }
  }

  const run = async (messages: Message[], queueArn: string): Promise<void> => {
    const outcome = await fn.invoke(sqsEvent(messages, queueArn))
    const failed = failedIds(
      outcome,
      messages.map((message) => message.MessageId!),
    )
    const done = messages.filter((message) => !failed.has(message.MessageId!))
    if (done.length === 0) return
    const Entries = done.map((message) => ({ Id: message.MessageId, ReceiptHandle: message.ReceiptHandle }))
    const { Failed } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
    if (Failed?.length)
      onError(new Error(`SQS didn't delete ${Failed.length} of ${done.length}: ${JSON.stringify(Failed)}`))
  }

  const poll = async (queueArn: string): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (batches.size >= maximumConcurrency) {
        await Promise.race(batches)
        continue
      }
      const messages = await receive()
      if (messages.length === 0) continue
      const batch: Promise<void> = run(messages, queueArn)
        .catch(onError)
        .finally(() => batches.delete(batch))
      batches.add(batch)
    }
  }

  try {
    const polling = poll(await checkedArn(client, queueUrl, fn))
    return {
      stop: async () => {
        stopping.abort()
        await polling
        await Promise.all(batches)
        // Whatever is answered now was asked after the long poll ended: a message sent after stop() isn't given to it
        // any more.
        await describe(client, queueUrl).catch(() => {})
        client.destroy()
      },
    }
  } catch (error) {
    client.destroy()
    throw error
  }
}

async function checkedArn(client: SQSClient, queueUrl: string, fn: LambdaFunction): Promise<string> {
  const { arn, visibilitySeconds } = await describe(client, queueUrl)
  if (visibilitySeconds * 1000 >= fn.timeoutMs) return arn
  throw new Error(
    `InvalidParameterValueException: Queue visibility timeout: ${visibilitySeconds} seconds is less than Function timeout: ` +
      `${fn.timeoutMs / 1000} seconds (${fn.name}). Give the queue a longer one; AWS advises six times the function's.`,
  )
}

async function describe(client: SQSClient, queueUrl: string): Promise<{ arn: string; visibilitySeconds: number }> {
  const request = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ['QueueArn', 'VisibilityTimeout'],
  })
  const { QueueArn, VisibilityTimeout } = (await client.send(request)).Attributes ?? {}
  return { arn: QueueArn!, visibilitySeconds: Number(VisibilityTimeout) }
}
