import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { failedIds } from '../../../local/lambda/failed-ids.ts'
import { handMadeMessage } from '../../../local/lambda/hand-made-message.ts'
import type { Outcome } from '../../../local/lambda/invoke.ts'
import { lambdaFunction } from '../../../local/lambda/lambda-function.ts'
import { sqsEvent } from '../../../local/lambda/sqs-event.ts'

const arn = 'arn:aws:sqs:eu-central-1:000000000000:names.fifo'

test('a batch that fauxqs can’t give: several messages of one group, the rest of which fail with the first', async () => {
  const fn = lambdaFunction({
    name: 'put-group',
    handler: async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
      const from = Records.findIndex(({ body }) => body === 'x2')
      const failed = Records.slice(from).filter(({ attributes }) => attributes.MessageGroupId === 'x')
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
    },
  })
  const messages = [
    handMadeMessage({ body: 'x1', group: 'x', receiveCount: 3, sentAt: 1_700_000_000_000 }),
    handMadeMessage({ body: 'x2', group: 'x' }),
    handMadeMessage({ body: 'y1', group: 'y' }),
    handMadeMessage({ body: 'x3', group: 'x' }),
  ]
  const event = sqsEvent(messages, arn)
  expect(event.Records[0]).toMatchObject({
    attributes: { ApproximateReceiveCount: '3', SentTimestamp: '1700000000000', MessageGroupId: 'x' },
    eventSourceARN: arn,
    awsRegion: 'eu-central-1',
  })
  const sequence = event.Records.map(({ attributes }) => attributes.SequenceNumber ?? '')
  expect(sequence).toEqual([...new Set(sequence)].sort())

  const ids = messages.map(({ MessageId }) => MessageId!)
  expect(failedIds(await fn.invoke(event), ids)).toEqual(new Set([ids[1], ids[3]]))
})

describe('which messages failed', () => {
  const outcome = (value: unknown): Outcome => ({ requestId: '', durationMs: 0, ok: true, value })
  const failed = (...batchItemFailures: unknown[]) => outcome({ batchItemFailures })

  test.each<[string, Outcome, string[]]>([
    ['no response', outcome(null), []],
    ['an empty response', outcome({}), []],
    ['no list', outcome({ batchItemFailures: null }), []],
    ['an empty list', failed(), []],
    ['one of them', failed({ itemIdentifier: 'b' }), ['b']],
    ['one of them twice', failed({ itemIdentifier: 'b' }, { itemIdentifier: 'b' }), ['b']],
    ['an empty identifier', failed({ itemIdentifier: '' }), ['a', 'b']],
    ['a null identifier', failed({ itemIdentifier: null }), ['a', 'b']],
    ['a wrong key', failed({ itemIdentifier: 'a' }, { id: 'b' }), ['a', 'b']],
    ['a null failure', failed(null), ['a', 'b']],
    ['an identifier of another batch', failed({ itemIdentifier: 'c' }), ['a', 'b']],
    ['a list that is none', outcome({ batchItemFailures: 'b' }), ['a', 'b']],
    ['a text', outcome('done'), ['a', 'b']],
    ['an array', outcome([]), ['a', 'b']],
    [
      'a failure',
      { requestId: '', durationMs: 0, ok: false, timedOut: false, error: { errorType: 'E', errorMessage: '' } },
      ['a', 'b'],
    ],
  ])('%s', (_what, given, expected) => {
    expect([...failedIds(given, ['a', 'b'])]).toEqual(expected)
  })
})

test('a function gets a copy of its event', async () => {
  const fn = lambdaFunction({
    name: 'changes',
    handler: async (event: { a?: number }) => Object.assign(event, { a: 2 }),
  })
  const event = { a: 1 }
  await fn.invoke(event)
  expect(event).toEqual({ a: 1 })
})

test('each invocation is counted and told with its outcome', async () => {
  const told: unknown[] = []
  const fn = lambdaFunction({
    name: 'reconcile',
    handler: async (event: { fail: boolean }) => {
      if (event.fail) throw new TypeError('no')
      return 'yes'
    },
    onInvocation: (invocation) => told.push(invocation),
  })
  await fn.invoke({ fail: false })
  await fn.invoke({ fail: true })
  expect(told).toMatchObject([
    { name: 'reconcile', event: { fail: false }, outcome: { ok: true, value: 'yes' } },
    {
      name: 'reconcile',
      event: { fail: true },
      outcome: { ok: false, timedOut: false, error: { errorType: 'TypeError' } },
    },
  ])
  expect(fn.counts).toEqual({ invocations: 2, succeeded: 1, failed: 1, timedOut: 0, running: 0, mostAtOnce: 1 })
})
