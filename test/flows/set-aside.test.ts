import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { SQSBatchResponse } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { handMadeMessage } from '../../local/lambda/hand-made-message.ts'
import { sqsEvent } from '../../local/lambda/sqs-event.ts'
import { nameKey } from '../../shared/membership/name-key.ts'
import type { Tries } from '../../shared/membership/set-aside.ts'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, HOUR, passTime } from '../support/time.ts'

const ANN = 'ann@example.com'
const BOB = 'bob@example.com'

let cloud: TestCloud
let ann: string
let bob: string
let other: string

beforeAll(async () => {
  cloud = await testCloud()
  ann = await cloud.admin.createUser(ANN)
  bob = await cloud.admin.createUser(BOB)
  other = await cloud.groupOf('another', ann, bob)
})
beforeEach(async () => {
  cloud.okta.faults.reset()
  cloud.qbusiness.faults.clear()
  await cloud.minutes(2)
})
afterAll(() => cloud.close())

const mirror = async (id: string) => (await cloud.snapshot.mirror(id))!

/** Lets time pass to the next try of a row, and catches up. */
async function nextTry(row: () => Promise<Tries>): Promise<void> {
  passTime((await row()).retryAt! - Date.now())
  await cloud.catchUp()
}

/** Whatever is asked of Okta for one group fails. */
function failReads(id: string): void {
  cloud.okta.faults.next({ answer: 500, times: Number.POSITIVE_INFINITY, method: 'GET', path: `/groups/${id}$` })
}

test('a group that can not be read is set aside after four hours, tried up to once a day, and freed by success', async () => {
  const id = await cloud.groupOf('unreadable', ann, bob)
  const row = () => mirror(id)
  const tries = () => cloud.okta.requests.count('GET', new RegExp(`/groups/${id}$`))
  await cloud.minutes(2)
  failReads(id)
  await cloud.admin.leave(id, bob)
  await cloud.settled()
  const began = Date.now()
  while ((await row()).setAside === null) await nextTry(row)
  expect(Date.now() - began).toBeGreaterThan(3.9 * HOUR)
  expect(Date.now() - began).toBeLessThan(4.3 * HOUR)
  const setAside = { since: expect.any(Number), error: { error: 'OktaApiError', status: 500, errorCode: 'E0000009' } }
  expect(await row()).toMatchObject({ failures: 10, setAside })
  expect(await cloud.snapshot.setAside()).toBe(1)
  for (let time = 0; time < 4; time++) await nextTry(row)
  expect((await row()).retryAt! - Date.now()).toBeGreaterThan(23 * HOUR)

  // It keeps nothing from happening elsewhere, and an event tries it all the same, without putting the next try off or on.
  await cloud.admin.leave(other, bob)
  await cloud.settled()
  expect(cloud.members('another')).toEqual([ANN])
  await cloud.admin.join(other, bob)
  const [before, { retryAt }] = [tries(), await row()]
  await cloud.admin.leave(id, ann)
  await cloud.settled()
  expect(tries()).toBe(before + 1)
  expect((await row()).retryAt).toBe(retryAt)
  for (let time = 0; time < 4; time++) {
    passTime(5 * HOUR)
    await cloud.catchUp()
  }
  expect(tries()).toBe(before + 1)
  expect(cloud.members('unreadable')).toEqual([ANN, BOB])

  cloud.okta.faults.reset()
  await nextTry(row)
  expect(cloud.members('unreadable')).toEqual([])
  expect(await row()).toMatchObject({ failures: 0, retryAt: null, setAside: null })
  expect(await cloud.snapshot.setAside()).toBe(0)
})

/** A group set aside, as it stands after days. */
async function groupSetAside(name: string): Promise<string> {
  const id = await cloud.groupOf(name, ann, bob)
  await cloud.minutes(2)
  const before = await mirror(id)
  const setAside = { since: Date.now() - 5 * DAY, error: { error: 'OktaApiError', status: 500 } }
  await cloud.snapshot.putMirror(before, { ...before, failures: 18, retryAt: Date.now() + 20 * HOUR, setAside })
  expect(await cloud.snapshot.setAside()).toBe(1)
  return id
}

test('a reconcile tries a group that is set aside, says that it could not be read, and finishes with all others', async () => {
  const id = await groupSetAside('unread at night')
  const { retryAt } = await mirror(id)
  failReads(id)
  cloud.okta.faults.deliveries.drop = 'all'
  await cloud.admin.leave(other, bob)
  await cloud.admin.leave(id, bob)
  expect(await cloud.reconcile()).toMatchObject({ phase: 'finished', unread: [id], counts: { changed: 1 } })
  expect(cloud.members('another')).toEqual([ANN])
  expect(await mirror(id)).toMatchObject({ failures: 18, retryAt })
  cloud.okta.faults.reset()
  await cloud.admin.join(other, bob)
  expect(await cloud.reconcile()).toMatchObject({ phase: 'finished', unread: [] })
  expect(cloud.members('unread at night')).toEqual([ANN])
  expect(await cloud.snapshot.setAside()).toBe(0)
})

test('a group that is set aside is freed by hand: read at once, and where that fails tried again in a minute', async () => {
  const id = await groupSetAside('by hand')
  cloud.okta.faults.deliveries.drop = 'all'
  await cloud.admin.leave(id, bob)
  failReads(id)
  await cloud.invoke('replay', { groups: [id] })
  await cloud.settled()
  expect(await mirror(id)).toMatchObject({ failures: 1, setAside: null })
  cloud.okta.faults.reset()
  await cloud.minutes(2)
  expect(cloud.members('by hand')).toEqual([ANN])
  expect((await mirror(id)).failures).toBe(0)
})

test('a name that can not be put is set aside, stops no other, and is freed by success and by hand', async () => {
  const id = await cloud.groupOf('unputtable', ann, bob)
  const row = () => cloud.ledger('unputtable')
  await cloud.minutes(2)
  const error = 'InternalServerException' as const
  const failPuts = () =>
    cloud.qbusiness.faults.add({
      ...{ operation: 'PutGroup', group: 'unputtable', kind: 'answer', error, times: Number.POSITIVE_INFINITY },
    })
  failPuts()
  await cloud.admin.leave(id, bob)
  await cloud.admin.leave(other, bob)
  await cloud.settled()
  expect(cloud.members('another')).toEqual([ANN])
  await cloud.admin.join(other, bob)
  await cloud.settled()
  const began = Date.now()
  while ((await row()).setAside === null) await nextTry(row)
  expect(Date.now() - began).toBeGreaterThan(3.9 * HOUR)
  expect((await row()).setAside?.error).toMatchObject({ error: 'PutError', kind: 'unknown', status: 500 })
  expect(await cloud.snapshot.setAside()).toBe(1)
  while ((await row()).retryAt! - Date.now() < 23 * HOUR) await nextTry(row)
  const puts = cloud.puts('unputtable').length
  passTime(12 * HOUR)
  await cloud.minutes(5)
  expect(cloud.puts('unputtable').length).toBe(puts)
  expect(cloud.members('unputtable')).toEqual([ANN, BOB])

  await cloud.invoke('replay', { groups: [id] })
  await cloud.settled()
  expect(await row()).toMatchObject({ failures: 1, setAside: null })
  while ((await row()).setAside === null) await nextTry(row)
  cloud.qbusiness.faults.clear()
  await nextTry(row)
  expect(cloud.members('unputtable')).toEqual([ANN])
  expect(await row()).toMatchObject({ status: 'confirmed', failures: 0, setAside: null })
  expect(await cloud.snapshot.setAside()).toBe(0)
}, 60_000)

/** Deletes a member list from the table, which nothing of ours does. */
async function loseList(digest: string): Promise<void> {
  const client = new DynamoDBClient()
  const Key = { pk: { S: `LIST#${digest}` }, sk: { S: 'PART#0000' } }
  await client.send(new DeleteItemCommand({ TableName: cloud.addresses.table, Key }))
  client.destroy()
}

test('what a function itself can not do fails its own message, which ends in the dead-letter queue, and no other', async () => {
  const carl = await cloud.admin.createUser('carl@example.com')
  await cloud.functions.stopPollers()
  const broken = await cloud.admin.createGroup('without its list')
  const sound = await cloud.admin.createGroup('with its list')
  for (const member of [ann, carl]) await cloud.admin.join(broken, member)
  await cloud.admin.join(sound, carl)
  await cloud.okta.deliveriesSettled()
  await cloud.invoke('reconcile')
  await loseList((await mirror(broken)).digest)
  const bodies = [
    JSON.stringify({ key: nameKey('without its list'), again: false }),
    '{"no": "name"}',
    JSON.stringify({ key: nameKey('with its list'), again: false }),
  ]
  const messages = bodies.map((body, index) => handMadeMessage({ body, group: `group ${index}` }))
  const arn = 'arn:aws:sqs:us-east-1:000000000000:names.fifo'
  const response = await cloud.invoke<SQSBatchResponse>('put-group', sqsEvent(messages, arn))
  const failed = response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
  expect(failed).toEqual(messages.slice(0, 2).map(({ MessageId }) => MessageId))
  expect(cloud.members('with its list')).toEqual(['carl@example.com'])
  // Nothing of it is due by itself, so that catch-up doesn't ring it again and again.
  expect(await cloud.ledger('without its list')).toMatchObject({ status: 'none', failures: 0, retryAt: null })
  await cloud.functions.startPollers()
})
