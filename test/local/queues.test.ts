import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type LocalQueues, startQueues } from '../../local/queues.ts'

let queues: LocalQueues
let sqs: SQSClient
let group: string

beforeAll(async () => {
  queues = await startQueues({ maxReceiveCount: 2, visibilitySeconds: 30 })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  sqs = new SQSClient({ endpoint: queues.url, region: 'us-east-1', credentials })
})
beforeEach((context) => {
  group = context.task.id
})
afterAll(async () => {
  sqs.destroy()
  await queues.close()
  await expect(fetch(queues.url)).rejects.toThrow()
})

const send = (QueueUrl: string, MessageBody: string, MessageDeduplicationId = `${group} ${MessageBody}`) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: group, MessageDeduplicationId }))

const receive = async (QueueUrl: string, WaitTimeSeconds = 0) => {
  const request = { QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] }
  return (await sqs.send(new ReceiveMessageCommand(request))).Messages ?? []
}

const forget = (QueueUrl: string, ReceiptHandle = '') => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
const giveBack = (QueueUrl: string, ReceiptHandle = '') =>
  sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))

test('the queues are on 127.0.0.1 only', async () => {
  await expect(fetch(queues.url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow()
})

test('queue URLs name loopback, and each queue its own dead-letter queue', async () => {
  for (const [queue, dead] of [
    [queues.hints, queues.hintsDead],
    [queues.names, queues.namesDead],
  ] as const) {
    expect(queue).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/\w+\.fifo$/)
    expect(dead).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/\w+-dead\.fifo$/)
    const attributesOf = async (QueueUrl: string) =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes
    const { RedrivePolicy, VisibilityTimeout } = (await attributesOf(queue)) ?? {}
    expect(VisibilityTimeout).toBe('30')
    expect(JSON.parse(RedrivePolicy ?? '')).toEqual({
      maxReceiveCount: 2,
      deadLetterTargetArn: (await attributesOf(dead))?.['QueueArn'],
    })
  }
})

test('a group is given in order and only when what was received of it is gone', async () => {
  for (const body of ['1', '2']) await send(queues.hints, body)
  const [first, ...others] = await receive(queues.hints)
  expect(first?.Body).toBe('1')
  expect(others).toEqual([])
  expect(await receive(queues.hints)).toEqual([])
  await forget(queues.hints, first?.ReceiptHandle)
  const [second] = await receive(queues.hints)
  expect(second?.Body).toBe('2')
  await forget(queues.hints, second?.ReceiptHandle)
})

test('a deduplication id is taken once', async () => {
  await send(queues.hints, 'a', 'the same')
  await send(queues.hints, 'b', 'the same')
  const [first] = await receive(queues.hints)
  await forget(queues.hints, first?.ReceiptHandle)
  expect(await receive(queues.hints)).toEqual([])
})

test('after maxReceiveCount receives a message is in the dead-letter queue', async () => {
  await send(queues.names, 'poison')
  for (const count of ['1', '2']) {
    const [message] = await receive(queues.names)
    expect(message?.Attributes?.ApproximateReceiveCount).toBe(count)
    await giveBack(queues.names, message?.ReceiptHandle)
  }
  expect(await receive(queues.names)).toEqual([])
  const [dead] = await receive(queues.namesDead)
  expect(dead?.Body).toBe('poison')
  expect(dead?.Attributes?.MessageGroupId).toBe(group)
})

test('a message that an ended long poll would have got goes to the next receiver', async () => {
  const leaving = new AbortController()
  const request = new ReceiveMessageCommand({ QueueUrl: queues.names, WaitTimeSeconds: 20 })
  const poll = sqs.send(request, { abortSignal: leaving.signal }).catch((error: Error) => error.name)
  // There is no telling when a long poll waits, or is seen to end; what is asked later and answered tells it.
  await receive(queues.names)
  leaving.abort()
  expect(await poll).toBe('AbortError')
  await receive(queues.names)
  await send(queues.names, 'for whoever stays')
  const [message] = await receive(queues.names, 5)
  expect(message?.Body).toBe('for whoever stays')
  await forget(queues.names, message?.ReceiptHandle)
})
