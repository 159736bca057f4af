import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { DeadLetters } from '../sync/ports.ts'
import { sendAll } from './send-all.ts'

/** The dead-letter queues, each with the queue that its messages came from. */
export function deadLettersIn(
  client: SQSClient,
  queues: { from: string; to: string }[],
  newId: () => string,
): DeadLetters {
  return {
    async count() {
      const counts = await Promise.all(queues.map(({ from }) => countOf(from)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async replay() {
      let replayed = 0
      for (const { from, to } of queues) {
        for (let messages = await receive(from); messages.length > 0; messages = await receive(from)) {
          for (const message of messages) await move(message, from, to)
          replayed += messages.length
        }
      }
      return replayed
    },
  }

  async function countOf(QueueUrl: string): Promise<number> {
    const AttributeNames = ['ApproximateNumberOfMessages' as const]
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0)
  }

  async function receive(QueueUrl: string): Promise<Message[]> {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    )
    return Messages
  }

  /** In the queue first, out of the dead-letter queue after: a crash between the two rings once more, which is harmless. */
  async function move(message: Message, from: string, to: string): Promise<void> {
    const group = message.Attributes?.MessageGroupId ?? ''
    await sendAll(client, to, [{ body: message.Body!, group, deduplication: newId() }])
    await client.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: message.ReceiptHandle! }))
  }
}
