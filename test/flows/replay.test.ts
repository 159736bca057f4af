import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReplayReport } from '../../shared/sync/replay.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { MINUTE, passTime } from '../support/time.ts'

let cloud: TestCloud
let ann: string
let bob: string
let group: string

beforeAll(async () => {
  cloud = await testCloud({ visibilitySeconds: 60, maxReceiveCount: 1 })
  ann = await cloud.admin.createUser('ann@example.com')
  bob = await cloud.admin.createUser('bob@example.com')
  group = await cloud.admin.createGroup('replayed')
  await cloud.admin.join(group, ann)
  await cloud.settled()
})
afterAll(() => cloud.close())

const replay = (event: unknown) => cloud.invoke<ReplayReport>('replay', event)

/** A change whose delivery is lost. */
async function lose(change: () => Promise<unknown>): Promise<void> {
  cloud.okta.faults.deliveries.drop = 'all'
  await change()
  await cloud.okta.deliveriesSettled()
  cloud.okta.faults.reset()
}

test('groups by hand, a dry run first, and twice is harmless', async () => {
  await lose(() => cloud.admin.join(group, bob))
  expect(await replay({ groups: [group], dryRun: true })).toEqual({ hints: 1, leftOut: 0, dryRun: true })
  await cloud.settled()
  expect(cloud.members('replayed')).toEqual(['ann@example.com'])
  expect(await replay({ groups: [group] })).toEqual({ hints: 1, leftOut: 0, dryRun: false })
  await cloud.settled()
  expect(cloud.members('replayed')).toEqual(['ann@example.com', 'bob@example.com'])
  const puts = cloud.puts('replayed').length
  await replay({ groups: [group, group] })
  await cloud.settled()
  expect(cloud.puts('replayed').length).toBe(puts)
})

test('users by hand: the groups they are in', async () => {
  await lose(() => cloud.admin.lifecycle(bob, 'suspend'))
  expect(await replay({ users: [bob] })).toMatchObject({ hints: 1 })
  await cloud.settled()
  expect(cloud.members('replayed')).toEqual(['ann@example.com'])
})

test("from Okta's System Log, without the groups that were read a minute or more after", async () => {
  passTime(10 * MINUTE)
  await cloud.minutes(2)
  const since = new Date(Date.now() - 1000).toISOString()
  await lose(() => cloud.admin.leave(group, ann))
  const seen = await cloud.admin.createGroup('seen')
  await cloud.settled()
  const until = new Date(Date.now() + 1000).toISOString()
  // Catch-up would ring what is in the log, if it could read it.
  cloud.okta.faults.next({ answer: 503, times: 1000, path: /logs\?(?!.*until=)/ })
  await cloud.minutes(2)
  cloud.okta.faults.reset()
  expect(await replay({ since, until, dryRun: true })).toEqual({ hints: 1, leftOut: 1, dryRun: true })
  expect(await replay({ since, until, dryRun: true, all: true })).toMatchObject({ hints: 2, leftOut: 0 })
  await replay({ since, until })
  await cloud.settled()
  expect(cloud.members('replayed')).toEqual([])
  expect(cloud.members('seen')).toEqual([])
  expect(seen).toBeTruthy()
})

test('dead letters go back to the queue they came from, and leave the dead-letter queue', async () => {
  const body = (name: string) => JSON.stringify({ key: name, again: false })
  const { SendMessageCommand } = await import('@aws-sdk/client-sqs')
  const letter = { MessageGroupId: 'g', MessageDeduplicationId: 'dead-1', MessageBody: body('replayed') }
  await cloud.sqs.send(new SendMessageCommand({ QueueUrl: cloud.deadLetterQueues.names, ...letter }))
  expect(await replay({ deadLetters: true, dryRun: true })).toMatchObject({ hints: 1 })
  expect(await cloud.messages(cloud.deadLetterQueues.names)).toBe(1)
  const { invocations } = cloud.functions.functions['put-group'].counts
  expect(await replay({ deadLetters: true })).toMatchObject({ hints: 1 })
  await cloud.settled()
  expect(await cloud.messages(cloud.deadLetterQueues.names)).toBe(0)
  expect(cloud.functions.functions['put-group'].counts.invocations).toBe(invocations + 1)
})

test('what fits no form of a request is refused with the forms there are', async () => {
  for (const event of [
    {},
    { groups: [] },
    { groups: ['a'], users: ['b'] },
    { since: 'yesterday', until: 'today' },
    { deadLetters: false },
  ]) {
    await expect(replay(event)).rejects.toThrow(/It may be: one of/)
  }
})
