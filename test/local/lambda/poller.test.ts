import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FunctionOptions, lambdaFunction } from '../../../local/lambda/lambda-function.ts'
import { type Poller, type PollerOptions, startPoller } from '../../../local/lambda/poller.ts'
import { type LocalQueues, startQueues } from '../../../local/queues.ts'

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
let queues: LocalQueues
let sqs: SQSClient
let pollers: Poller[]

beforeEach(async () => {
  queues = await startQueues({ visibilitySeconds: 1, maxReceiveCount: 3 })
  sqs = new SQSClient({ endpoint: queues.url, region: 'us-east-1', credentials })
  pollers = []
})
afterEach(async () => {
  await Promise.all(pollers.map((poller) => poller.stop()))
  sqs.destroy()
  await queues.close()
})

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse | undefined>

async function start(handler: Handler, more: Partial<FunctionOptions & PollerOptions> = {}) {
  const fn = lambdaFunction({ name: 'read-group', timeoutMs: 1000, ...more, handler })
  const poller = await startPoller({ queueUrl: queues.hints, ...more, fn })
  pollers.push(poller)
  return { fn, poller }
}

let sent = 0
const send = (MessageBody: string, MessageGroupId = MessageBody, more = {}) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: queues.hints,
      MessageBody,
      MessageGroupId,
      MessageDeduplicationId: `ring ${++sent}`,
      ...more,
    }),
  )

/** Messages in the queue, waiting and in flight. */
async function left(QueueUrl = queues.hints): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return (
    Number(Attributes?.['ApproximateNumberOfMessages']) + Number(Attributes?.['ApproximateNumberOfMessagesNotVisible'])
  )
}

const failures = (records: SQSRecord[]): SQSBatchResponse => ({
  batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })),
})

test('a record has all that Lambda tells of a message', async () => {
  const events: SQSEvent[] = []
  await start(async (event) => {
    events.push(event)
    return undefined
  })
  const before = Date.now()
  const MessageAttributes = {
    who: { DataType: 'String', StringValue: 'okta' },
    raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 255]) },
  }
  const answer = await send('hello', '00g1', { MessageAttributes })
  await expect.poll(() => events.length).toBe(1)
  const [record] = events[0]?.Records ?? []
  expect(record).toEqual({
    messageId: answer.MessageId,
    receiptHandle: expect.any(String),
    body: 'hello',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      SenderId: expect.any(String),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      SequenceNumber: answer.SequenceNumber,
      MessageGroupId: '00g1',
      MessageDeduplicationId: `ring ${sent}`,
    },
    messageAttributes: {
      who: { stringValue: 'okta', stringListValues: [], binaryListValues: [], dataType: 'String' },
      raw: { binaryValue: 'Af8=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
    },
    md5OfBody: answer.MD5OfMessageBody,
    md5OfMessageAttributes: answer.MD5OfMessageAttributes,
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:hints.fifo',
    awsRegion: 'us-east-1',
  })
  expect(Number(record?.attributes.SentTimestamp)).toBeGreaterThanOrEqual(before)
  await expect.poll(() => left()).toBe(0)
})

test('what succeeded is deleted; what failed comes back, counted, and nothing else does', async () => {
  const seen: string[] = []
  for (const body of ['a', 'b', 'c']) await send(body)
  const { fn } = await start(async ({ Records }) => {
    seen.push(...Records.map(({ body, attributes }) => `${body}${attributes.ApproximateReceiveCount}`))
    return failures(
      Records.filter(({ body, attributes }) => body === 'b' && attributes.ApproximateReceiveCount === '1'),
    )
  })
  await expect.poll(() => left(), { timeout: 5000 }).toBe(0)
  expect(seen).toEqual(['a1', 'b1', 'c1', 'b2'])
  expect(fn.counts).toMatchObject({ invocations: 2, succeeded: 2, failed: 0 })
})

test('batches hold up to batchSize messages', async () => {
  const sizes: number[] = []
  for (const body of ['a', 'b', 'c', 'd', 'e']) await send(body)
  await start(
    async ({ Records }) => {
      sizes.push(Records.length)
      return undefined
    },
    { batchSize: 2 },
  )
  await expect.poll(() => left()).toBe(0)
  expect(sizes).toEqual([2, 2, 1])
})

test('a message that a function throws on ends in the dead-letter queue after maxReceiveCount receives', async () => {
  const counts: string[] = []
  const { fn } = await start(async ({ Records }) => {
    counts.push(...Records.map(({ attributes }) => attributes.ApproximateReceiveCount))
    throw new Error('no')
  })
  await send('poison')
  await expect.poll(() => left(queues.hintsDead), { timeout: 10_000 }).toBe(1)
  expect(counts).toEqual(['1', '2', '3'])
  expect(fn.counts).toMatchObject({ invocations: 3, failed: 3, running: 0 })
  expect(await left()).toBe(0)
})

test('a response that is malformed brings the whole batch back', async () => {
  const seen: string[] = []
  await send('a')
  await send('b')
  await start(async ({ Records }) => {
    seen.push(Records.map(({ body }) => body).join(''))
    return seen.length === 1 ? ({ batchItemFailures: [{ id: Records[0]?.messageId }] } as never) : undefined
  })
  await expect.poll(() => left(), { timeout: 5000 }).toBe(0)
  expect(seen.join(' ')).toMatch(/^ab (ab|a b)$/)
})

test('a function that runs out of time brings its batch back', async () => {
  const told: number[] = []
  const fn = lambdaFunction({
    name: 'slow',
    timeoutMs: 100,
    handler: async (_event: SQSEvent, context) => {
      told.push(context.getRemainingTimeInMillis())
      if (told.length === 1) await new Promise(() => {})
    },
  })
  pollers.push(await startPoller({ fn, queueUrl: queues.hints }))
  await send('a')
  await expect.poll(() => fn.counts.timedOut).toBe(1)
  expect(await left()).toBe(1)
  await expect.poll(() => left(), { timeout: 5000 }).toBe(0)
  expect(fn.counts).toMatchObject({ invocations: 2, succeeded: 1, timedOut: 1 })
  expect(Math.max(...told)).toBeLessThanOrEqual(100)
})

test('no more than maximumConcurrency batches run at once, and that many do', async () => {
  const waiting: (() => void)[] = []
  const { fn } = await start(() => new Promise((resolve) => waiting.push(() => resolve(undefined))), {
    batchSize: 1,
    maximumConcurrency: 2,
  })
  for (const body of ['a', 'b', 'c', 'd']) await send(body)
  await expect.poll(() => waiting.length).toBe(2)
  for (let done = 0; done < 4; done++) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0)
    waiting.shift()?.()
  }
  await expect.poll(() => left()).toBe(0)
  expect(fn.counts).toMatchObject({ invocations: 4, mostAtOnce: 2 })
})

test('a group is worked on in order, one batch at a time, while another goes on beside it', async () => {
  const running = new Map<string, number>()
  let most = 0
  const seen: Record<string, string[]> = { x: [], y: [] }
  for (const body of ['1', '2', '3', '4']) for (const group of ['x', 'y']) await send(body, group)
  const { fn } = await start(
    async ({ Records: [record] }) => {
      const group = record?.attributes.MessageGroupId ?? ''
      running.set(group, (running.get(group) ?? 0) + 1)
      most = Math.max(most, ...running.values())
      await new Promise(setImmediate)
      await left()
      running.set(group, (running.get(group) ?? 0) - 1)
      seen[group]?.push(record?.body ?? '')
      return undefined
    },
    { batchSize: 1 },
  )
  await expect.poll(() => left()).toBe(0)
  expect(seen).toEqual({ x: ['1', '2', '3', '4'], y: ['1', '2', '3', '4'] })
  expect(most).toBe(1)
  expect(fn.counts.mostAtOnce).toBe(2)
})

test('a failed message holds back those of its group behind it', async () => {
  const seen: string[] = []
  await send('1', 'x')
  await send('2', 'x')
  await start(async ({ Records }) => {
    seen.push(...Records.map(({ body }) => body))
    return failures(seen.length === 1 ? Records : [])
  })
  await expect.poll(() => left(), { timeout: 5000 }).toBe(0)
  expect(seen).toEqual(['1', '1', '2'])
})

test('stop() waits for the batch in flight, and what is sent afterwards stays for the next', async () => {
  let finish = () => {}
  const first = await start(() => new Promise((resolve) => (finish = () => resolve(undefined))))
  await send('a')
  await expect.poll(() => first.fn.counts.running).toBe(1)
  let stopped = false
  const stop = first.poller.stop().then(() => (stopped = true))
  await left()
  expect(stopped).toBe(false)
  finish()
  await stop
  expect(await left()).toBe(0)

  await send('b')
  const seen: string[] = []
  await start(async ({ Records }) => {
    seen.push(...Records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`))
    return undefined
  })
  await expect.poll(() => seen.length).toBe(1)
  expect(first.fn.counts.invocations).toBe(1)
})

test('a poller that is stopped in a long poll takes no message with it', async () => {
  await queues.close()
  queues = await startQueues({ visibilitySeconds: 30 })
  sqs.destroy()
  sqs = new SQSClient({ endpoint: queues.url, region: 'us-east-1', credentials })
  const first = await start(async () => undefined)
  await left()
  await first.poller.stop()
  await send('a')
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queues.hints, WaitTimeSeconds: 5 }))
  expect(Messages?.[0]?.Body).toBe('a')
})

test('what a poller receives while it is stopped is still worked off', async () => {
  // One type of its many.
  const real = SQSClient.prototype.send as (this: SQSClient, command: unknown) => Promise<unknown>
  const received = Promise.withResolvers<void>()
  const letIn = Promise.withResolvers<void>()
  const held = vi.spyOn(SQSClient.prototype, 'send').mockImplementation(async function (
    this: SQSClient,
    command: unknown,
  ) {
    const answer = await real.call(this, command)
    if (!(command instanceof ReceiveMessageCommand)) return answer
    received.resolve()
    await letIn.promise
    return answer
  })
  const { fn, poller } = await start(async () => undefined)
  await send('a')
  await received.promise
  const stop = poller.stop()
  await left()
  letIn.resolve()
  await stop
  held.mockRestore()
  expect(fn.counts.succeeded).toBe(1)
  expect(await left()).toBe(0)
})

test('an idle poller asks once and waits; a message wakes it at once', async () => {
  const requests = vi.spyOn(SQSClient.prototype, 'send')
  const { fn } = await start(async () => undefined)
  const asked = () =>
    requests.mock.calls.map(([command]) => command).filter((it) => it instanceof ReceiveMessageCommand)
  await expect.poll(() => asked().length).toBe(1)
  for (let i = 0; i < 20; i++) await left()
  expect(asked()).toHaveLength(1)
  // fauxqs gives all attributes unasked; SQS doesn't.
  expect(asked()[0]?.input).toMatchObject({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] })
  await send('a')
  // Half of what a poll that isn't woken waits.
  await expect.poll(() => fn.counts.succeeded, { interval: 5, timeout: 10_000 }).toBe(1)
  requests.mockRestore()
})

test('a queue that is away is asked again a second later, and the poller stops without waiting for it', async () => {
  const errors: number[] = []
  const { poller } = await start(async () => undefined, { onError: () => errors.push(performance.now()) })
  await queues.close()
  await expect.poll(() => errors.length, { timeout: 10_000, interval: 5 }).toBe(2)
  expect(errors[1]! - errors[0]!).toBeGreaterThan(990)
  const began = performance.now()
  await poller.stop()
  expect(performance.now() - began).toBeLessThan(900)
})

test('a queue whose visibility timeout is shorter than the function’s is refused', async () => {
  await expect(start(async () => undefined, { timeoutMs: 1001 })).rejects.toThrow(
    /visibility timeout: 1 seconds is less/,
  )
})
