import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deadLettersIn } from '../../shared/queue/dead-letters.ts'
import type { DeadLetters } from '../../shared/sync/ports.ts'
import { openQueues } from './queues.ts'

let open: Awaited<ReturnType<typeof openQueues>>
let deadLetters: DeadLetters
let count = 0

beforeAll(async () => {
  open = await openQueues()
  const { queues, sqs } = open
  deadLetters = deadLettersIn(sqs, [{ from: queues.namesDead, to: queues.names }], () => `id ${++count}`)
})
afterAll(() => open.close())

const bury = (MessageBody: string, MessageGroupId: string) =>
  open.sqs.send(
    new SendMessageCommand({
      ...{ QueueUrl: open.queues.namesDead, MessageBody, MessageGroupId },
      MessageDeduplicationId: `dead ${++count}`.replace(' ', '-'),
    }),
  )

test('dead letters are counted where they are, and put back as they were, each in its group', async () => {
  const bodies = Array.from({ length: 12 }, (_, index) => `letter ${index}`)
  for (const [index, body] of bodies.entries()) await bury(body, `group-${index % 11}`)
  expect(await deadLetters.count()).toBe(12)
  expect(await deadLetters.replay()).toBe(12)
  expect(await deadLetters.count()).toBe(0)
  const back = await open.all(open.queues.names)
  // The twelfth waits for the first, which is of its group.
  expect(back.map(({ Body }) => Body).sort()).toEqual(bodies.slice(0, 11).sort())
  for (const { Body, Attributes } of back)
    expect(Attributes?.MessageGroupId).toBe(`group-${bodies.indexOf(Body!) % 11}`)
})
