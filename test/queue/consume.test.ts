import type { Context, SQSEvent } from 'aws-lambda'
import { expect, test } from 'vitest'
import { consume } from '../../shared/queue/consume.ts'

const context = { functionName: 'f', getRemainingTimeInMillis: () => 60_000 } as unknown as Context

function eventOf(...bodies: string[]): SQSEvent {
  const Records = bodies.map((body, index) => ({
    messageId: `message ${index}`,
    body,
    attributes: { MessageGroupId: body[0], SentTimestamp: '1', ApproximateReceiveCount: '1' },
    eventSource: 'aws:sqs',
  }))
  return { Records } as unknown as SQSEvent
}

const consumer = (worked: string[], said: unknown[]) => ({
  telemetry: { error: (message: string, facts: object = {}) => void said.push({ message, ...facts }) },
  parse: ({ body }: { body: string }) => {
    if (body.endsWith('poison')) throw new Error('no message')
    return body
  },
  subjectOf: (body: string) => body[0]!,
  merge: (a: string, b: string) => `${a},${b}`,
  work: async (body: string) => {
    if (body.startsWith('bad')) throw new Error('failed')
    worked.push(body)
  },
})

async function failures(...bodies: string[]) {
  const worked: string[] = []
  const said: unknown[] = []
  const { batchItemFailures } = await consume(eventOf(...bodies), context, consumer(worked, said))
  return { worked, failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), said }
}

test('a batch without a fault fails nothing', async () => {
  expect(await failures('a1', 'c1', 'a2')).toEqual({ worked: ['a1,a2', 'c1'], failed: [], said: [] })
})

test('one bad subject never fails another, whatever their order', async () => {
  expect(await failures('bad', 'a1', 'bad', 'c1')).toMatchObject({
    ...{ worked: ['a1', 'c1'], failed: ['message 0', 'message 2'] },
  })
})

test('a message that is none fails the later ones of its group, which come again after it', async () => {
  expect(await failures('a1', 'a poison', 'a2', 'c1')).toMatchObject({ failed: ['message 1', 'message 2'] })
})

test('what failed is said, by the id of its message and without what was in it', async () => {
  const { said } = await failures('bad', 'c1')
  expect(said).toEqual([
    {
      message: 'a message could not be worked off: it comes back, and in the end it is a dead letter',
      ...{ messageId: 'message 0', receives: '1', error: 'Error' },
    },
  ])
})
