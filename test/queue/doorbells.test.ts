import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { doorbellsIn, hintMessage } from '../../shared/queue/doorbells.ts'
import type { Hint } from '../../shared/queue/hint.ts'
import type { Doorbells } from '../../shared/sync/ports.ts'
import { openQueues } from './queues.ts'

let open: Awaited<ReturnType<typeof openQueues>>
let doorbells: Doorbells
let ring = 0

beforeAll(async () => {
  open = await openQueues()
  doorbells = doorbellsIn(open.sqs, open.queues, () => `ring ${++ring}`)
})
afterAll(() => open.close())

const hint = (subject: Hint['subject'], id: string): Hint => ({
  ...{ subject, id, books: true, again: false },
  causes: [{ id: 'e1', type: 'group.user_membership.add' }],
  questions: [{ user: '00u1', says: 'added' }],
})
async function waiting(QueueUrl: string): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages' as const]
  const { Attributes } = await open.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))
  return Number(Attributes?.ApproximateNumberOfMessages)
}
const bodies = async (queue: string) => (await open.all(queue)).map(({ Body }) => JSON.parse(Body!))

test('hints are in their queue as they are', async () => {
  const hints = [hint('group', '00g1'), hint('user', '00u1'), hint('org', '')]
  await doorbells.ringHints(hints)
  expect(await bodies(open.queues.hints)).toEqual(expect.arrayContaining(hints))
})

test('names are in theirs, by their keys, with whether to try again what was refused', async () => {
  await doorbells.ringNames(['sales', 'büro/süd #1'])
  await doorbells.ringNames(['hr'], true)
  const rings = await bodies(open.queues.names)
  expect(rings).toHaveLength(3)
  expect(rings).toEqual(
    expect.arrayContaining([
      { key: 'sales', again: false },
      { key: 'büro/süd #1', again: false },
      { key: 'hr', again: true },
    ]),
  )
})

test('names are rung with what the night asks of them', async () => {
  const check = { refresh: null, people: 2, others: 'a digest', seed: 'a run' }
  await doorbells.ringChecks([{ key: 'checked', ...check }])
  expect(await bodies(open.queues.names)).toEqual([{ key: 'checked', again: false, check }])
})

test('every ring is new, so that none is forgotten for another', async () => {
  await doorbells.ringNames(['twice'])
  await doorbells.ringNames(['twice'])
  await doorbells.ringHints([hint('group', '00gtwice')])
  await doorbells.ringHints([hint('group', '00gtwice')])
  for (const queue of [open.queues.names, open.queues.hints]) expect(await waiting(queue)).toBe(2)
})

test('what one delivery says of one subject rings once, whatever it says; of another subject or delivery it rings too', () => {
  const first = hintMessage(hint('group', '00g1'), 'delivery 1')
  const repeated = hintMessage({ ...hint('group', '00g1'), causes: [] }, 'delivery 1')
  expect(repeated.deduplication).toBe(first.deduplication)
  const others = [
    hintMessage(hint('group', '00g2'), 'delivery 1'),
    hintMessage(hint('user', '00g1'), 'delivery 1'),
    hintMessage(hint('group', '00g1'), 'delivery 2'),
  ]
  expect(new Set([first, ...others].map(({ deduplication }) => deduplication)).size).toBe(4)
})

test('one subject is one message group, in letters that SQS takes', () => {
  const long = hintMessage(hint('group', '😀'.repeat(200)), 'delivery')
  expect(long.group).toMatch(/^[\w-]{1,128}$/)
  expect(long.deduplication).toMatch(/^[\w-]{1,128}$/)
  expect(hintMessage(hint('group', '00g1'), 'a').group).toBe(hintMessage(hint('group', '00g1'), 'b').group)
  expect(hintMessage(hint('group', '00g1'), 'a').group).not.toBe(hintMessage(hint('user', '00g1'), 'a').group)
})
