import { type Message, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { startQueues } from '../../local/queues.ts'

/** The project's queues with a client, and a count of the batches that it sent. */
export async function openQueues() {
  const queues = await startQueues({ maxReceiveCount: 3, visibilitySeconds: 30 })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const sqs = new SQSClient({ endpoint: queues.url, region: 'us-east-1', credentials })
  const batches: number[] = []
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === SendMessageBatchCommand.name)
          batches.push((args.input as { Entries: unknown[] }).Entries.length)
        return next(args)
      },
    { step: 'initialize', name: 'count batches' },
  )

  async function receive(QueueUrl: string): Promise<Message[]> {
    const MessageSystemAttributeNames = ['All' as const]
    const request = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames, WaitTimeSeconds: 0 }
    return (await sqs.send(new ReceiveMessageCommand(request))).Messages ?? []
  }

  return {
    queues,
    sqs,
    batches,
    receive,
    /** Everything that can be received now; it stays invisible for half a minute. */
    async all(QueueUrl: string): Promise<Message[]> {
      const messages: Message[] = []
      for (let more = await receive(QueueUrl); more.length > 0; more = await receive(QueueUrl)) messages.push(...more)
      return messages
    },
    async close() {
      sqs.destroy()
      await queues.close()
    },
  }
}
