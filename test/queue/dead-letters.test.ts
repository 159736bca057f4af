import { text } from 'node:stream/consumers'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deadLettersIn } from '../../shared/queue/dead-letters.ts'
import type { DeadLetters } from '../../shared/sync/ports.ts'
import { respond, startPlainServer } from '../okta/plain-server.ts'
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

test('a queue that says nothing of its messages has none, and a letter without a group has an empty one', async () => {
  const sent: unknown[] = []
  const letters = [{ Body: 'a letter', ReceiptHandle: 'r' }]
  const { url, close } = await startPlainServer(async (request, response) => {
    const [, operation] = String(request.headers['x-amz-target']).split('.')
    const body = JSON.parse(await text(request))
    if (operation === 'SendMessageBatch') sent.push(...body.Entries)
    const Successful = [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }]
    respond(
      response,
      200,
      operation === 'SendMessageBatch'
        ? { Successful }
        : operation === 'ReceiveMessage'
          ? { Messages: letters.splice(0) }
          : {},
    )
  })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const sqs = new SQSClient({ endpoint: url, region: 'us-east-1', credentials, md5: false })
  const other = deadLettersIn(sqs, [{ from: `${url}/dead`, to: `${url}/queue` }], () => 'id')
  expect([await other.count(), await other.replay()]).toEqual([0, 1])
  expect(sent).toMatchObject([{ MessageBody: 'a letter', MessageGroupId: '' }])
  await close()
})
