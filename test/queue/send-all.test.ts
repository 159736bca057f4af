import { SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { QueueError, sendAll } from '../../shared/queue/send-all.ts'
import { respond, startPlainServer } from '../okta/plain-server.ts'
import { openQueues } from './queues.ts'

let open: Awaited<ReturnType<typeof openQueues>>
let count = 0

beforeAll(async () => {
  open = await openQueues()
})
beforeEach(() => {
  open.batches.length = 0
})
afterAll(() => open.close())

/** Messages each of a group of its own. */
const messages = (...bodies: string[]) =>
  bodies.map((body) => ({ body, group: `group ${++count}`.replace(' ', '-'), deduplication: `ring-${count}` }))
const sent = async () => (await open.all(open.queues.hints)).map(({ Body }) => Body).sort()

describe('messages are sent', () => {
  test('ten a batch, every one of them', async () => {
    const bodies = Array.from({ length: 25 }, (_, index) => `body ${index}`)
    await sendAll(open.sqs, open.queues.hints, messages(...bodies))
    expect(open.batches).toEqual([10, 10, 5])
    expect(await sent()).toEqual(bodies.sort())
  })

  test('with their group and their deduplication id', async () => {
    const [message] = messages('one')
    await sendAll(open.sqs, open.queues.hints, [message!, { ...message!, body: 'the same once more' }])
    const [received, ...others] = await open.all(open.queues.hints)
    expect(others).toEqual([])
    expect(received?.Attributes).toMatchObject({
      MessageGroupId: message!.group,
      MessageDeduplicationId: message!.deduplication,
    })
  })

  test('256 KiB a batch, counted in bytes', async () => {
    const half = 'é'.repeat(64 * 1024)
    await sendAll(open.sqs, open.queues.hints, messages(half, half, half, 'short'))
    expect(open.batches).toEqual([2, 2])
    expect(await sent()).toEqual([half, half, half, 'short'].sort())
  })

  test('in no batch where there are none', async () => {
    await sendAll(open.sqs, open.queues.hints, [])
    expect(open.batches).toEqual([])
  })
})

/** A queue that takes of each batch what it is told to, and remembers what it was asked to take. */
async function pickyQueue(takes: (id: string, attempt: number) => boolean) {
  const attempts: string[][] = []
  const { url, close } = await startPlainServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString()) as { Entries: { Id: string }[] }
    const ids = Entries.map(({ Id }) => Id)
    attempts.push(ids)
    const taken = ids.filter((id) => takes(id, attempts.length))
    const Successful = taken.map((Id) => ({ Id, MessageId: 'm', MD5OfMessageBody: '' }))
    const Failed = ids
      .filter((id) => !taken.includes(id))
      .map((Id) => ({ Id, Code: 'InternalError', SenderFault: false }))
    respond(response, 200, { Successful, Failed }, { 'content-type': 'application/x-amz-json-1.0' })
  })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const sqs = new SQSClient({ endpoint: url, region: 'us-east-1', credentials, md5: false })
  return { sqs, attempts, close }
}

describe('a batch that was taken in part', () => {
  test('is sent again without what was taken', async () => {
    const { sqs, attempts, close } = await pickyQueue((id, attempt) => id === '1' || attempt === 3)
    await sendAll(sqs, 'http://127.0.0.1/q', messages('a', 'b', 'c'))
    expect(attempts).toEqual([
      ['0', '1', '2'],
      ['0', '2'],
      ['0', '2'],
    ])
    await close()
  })

  test('is an error after three times: not every message is in the queue', async () => {
    const { sqs, attempts, close } = await pickyQueue((id) => id !== '2')
    const sending = sendAll(sqs, 'http://127.0.0.1/q', messages('a', 'b', 'c'))
    await expect(sending).rejects.toBeInstanceOf(QueueError)
    await expect(sending).rejects.toThrow('http://127.0.0.1/q did not take 1 of 3 messages, tried 3 times')
    expect(attempts).toHaveLength(3)
    await close()
  })
})

test('a queue that is not there is an error', async () => {
  await expect(sendAll(open.sqs, `${open.queues.hints}-not`, messages('a'))).rejects.toThrow()
})
