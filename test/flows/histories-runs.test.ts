import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { handMadeMessage } from '../../local/lambda/hand-made-message.ts'
import { sqsEvent } from '../../local/lambda/sqs-event.ts'
import { memberListOf } from '../../shared/membership/member-list.ts'
import { observe } from '../../shared/membership/observe.ts'
import { askOkta } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import type { RunReport } from '../../shared/sync/reconcile.ts'
import { waitingRun } from '../../shared/sync/something-changed.ts'
import { acceptDeployed } from '../support/accept.ts'
import { NO_GUARD, type TestCloud, testCloud } from '../support/cloud.ts'
import { DAY, MINUTE, passTime } from '../support/time.ts'

// Histories of reads, names and runs that once ended wrong, each as it went. Those of puts are in histories.test.ts.
let cloud: TestCloud
let ann: string
let bob: string

const SECOND = 1_000
const ANN = 'ann@example.com'
const BOB = 'bob@example.com'
const HINTS = 'arn:aws:sqs:us-east-1:000000000000:hints.fifo'

beforeAll(async () => {
  // A group with a hundred names is emptied here.
  cloud = await testCloud({ settings: { guard: NO_GUARD } })
  ann = await cloud.admin.createUser(ANN)
  bob = await cloud.admin.createUser(BOB)
})
beforeEach(() => {
  cloud.okta.faults.reset()
})
afterAll(() => cloud.close())

const groupOf = (name: string, ...users: string[]) => cloud.groupOf(name, ...users)

const hint = (subject: 'group' | 'user', id: string, books = true) =>
  handMadeMessage({
    body: JSON.stringify({ subject, id, books, again: false, causes: [], questions: [] }),
    group: `${subject}-${id}`,
  })

/** A context of which only the time that is left matters. */
const contextWith = (getRemainingTimeInMillis: () => number) =>
  ({ functionName: 'read', awsRequestId: 'by hand', getRemainingTimeInMillis }) as Context

test('a burst of events in an outage of seconds does not push the next try beyond a minute', async () => {
  const people = await Promise.all([...'abcdefg'].map((one) => cloud.admin.createUser(`burst-${one}@example.com`)))
  const id = await groupOf('burst', ann, ...people)
  cloud.okta.faults.next({ answer: 503, times: 1000, method: 'GET', path: `/groups/${id}/users` })
  for (const person of people) {
    await cloud.admin.leave(id, person)
    await cloud.settled()
  }
  const { failures, retryAt } = (await cloud.snapshot.mirror(id))!
  expect(failures).toBeGreaterThanOrEqual(1)
  expect(retryAt).toBeLessThanOrEqual(Date.now() + MINUTE)
  expect(cloud.members('burst')).toHaveLength(8)
  cloud.okta.faults.reset()
  await cloud.minutes(1)
  expect(cloud.members('burst')).toEqual([ANN])
})

test('nor does a burst of events about one user', async () => {
  const user = await cloud.admin.createUser('on-and-off@example.com')
  await groupOf('on and off', user)
  // The group's own look a minute later would show it, too.
  await cloud.minutes(2)
  cloud.okta.faults.next({ answer: 503, times: 1000, path: `users/${user}/groups` })
  for (const change of ['suspend', 'unsuspend', 'suspend', 'unsuspend', 'suspend']) {
    await cloud.admin.lifecycle(user, change)
    await cloud.settled()
  }
  expect(cloud.members('on and off')).toEqual(['on-and-off@example.com'])
  cloud.okta.faults.reset()
  await cloud.minutes(2)
  expect(cloud.members('on and off')).toEqual([])
})

test('a 200 whose body is null is no 404: it proves nothing', async () => {
  const answers = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end('null')
  }).listen(0, '127.0.0.1')
  await once(answers, 'listening')
  try {
    const url = `http://127.0.0.1:${(answers.address() as AddressInfo).port}`
    const directory = directoryIn(askOkta(url, { token: 'any' }, 5 * SECOND), 'email')
    const reads = [directory.group('00g1'), directory.members('00g1'), directory.groupsOfUser('00u1')]
    for (const read of reads) await expect(read).rejects.toThrow(/null/)
  } finally {
    answers.close()
  }
})

test('the late ring for an earlier event about a user leaves the look that a later event booked', async () => {
  const { faults } = cloud.okta
  // Only what the test rings is rung.
  faults.deliveries.drop = 'all'
  faults.lag.logs = Number.POSITIVE_INFINITY
  const read = async (message: ReturnType<typeof hint>) => {
    await cloud.invoke('read-group', sqsEvent([message], HINTS))
    await cloud.settled()
  }
  const user = await cloud.admin.createUser('before@example.com')
  const id = await cloud.admin.createGroup('late for a user')
  await read(hint('user', user))
  passTime(MINUTE)
  await cloud.admin.join(id, user)
  await cloud.invoke('replay', { groups: [id] })
  await cloud.settled()
  expect(cloud.members('late for a user')).toEqual(['before@example.com'])
  passTime(2 * SECOND)
  // The user's groups are as they were before they joined.
  faults.lag.members = 30 * SECOND
  await cloud.admin.updateUser(user, { email: 'after@example.com' })
  await read(hint('user', user))
  await read(hint('user', user, false))
  faults.lag.members = 0
  expect(await cloud.snapshot.user(user)).not.toBeNull()
  await cloud.minutes(2)
  expect(cloud.members('late for a user')).toEqual(['after@example.com'])
})

test("a user's look that is due is taken, though its ring comes after catch-up has put the row aside", async () => {
  const user = await cloud.admin.createUser('aside@example.com')
  await groupOf('put aside', user)
  await cloud.minutes(2)
  cloud.okta.faults.next({ answer: 503, times: 1000, path: `users/${user}/groups` })
  await cloud.admin.lifecycle(user, 'suspend')
  await cloud.settled()
  cloud.okta.faults.reset()
  expect(cloud.members('put aside')).toEqual(['aside@example.com'])
  await cloud.functions.stopPollers()
  passTime(MINUTE)
  await cloud.invoke('catch-up')
  await cloud.functions.startPollers()
  await cloud.settled()
  expect(cloud.members('put aside')).toEqual([])
})

test('a former name does not go back to its former bearer after it passed to a group that is gone', async () => {
  const first = await groupOf('Board', ann)
  await cloud.admin.rename(first, 'Former board')
  await cloud.settled()
  expect(cloud.members('Board')).toEqual([ANN])
  const second = await groupOf('Board', bob)
  expect(cloud.members('Board')).toEqual([BOB])
  await cloud.admin.deleteGroup(second)
  await cloud.settled()
  await cloud.minutes(2)
  expect(cloud.members('Board')).toEqual([])
  expect(cloud.members('Former board')).toEqual([ANN])
  // Nor when it is deleted.
  passTime(14 * DAY)
  await cloud.minutes(2)
  await cloud.reconcile()
  expect(cloud.members('Board')).toBeUndefined()
})

test('of 110 former names the newest 40 are kept, and a deleted group with so many holds up nothing', async () => {
  const name = (index: number) => `renamed ${String(index).padStart(3, '0')}`
  const id = await groupOf(name(0), ann)
  const list = memberListOf([{ id: ann, status: 'ACTIVE', userId: ANN }], ['ACTIVE'])
  for (let index = 1; index < 110; index++) {
    const mirror = (await cloud.snapshot.mirror(id))!
    const { type, created, lastUpdated, lastMembershipUpdated, readAt } = mirror
    const group = { id, type, created, lastUpdated, lastMembershipUpdated, name: name(index) }
    const look = { saw: 'present', readAt, group, name: name(index), list, lookAgainAt: null } as const
    await cloud.snapshot.putMirror(mirror, observe(mirror, look, Date.now(), 90 * DAY))
  }
  await cloud.admin.rename(id, name(110))
  await cloud.settled()
  const having = (...members: string[]) =>
    Array.from({ length: 111 }, (_, index) => name(index)).filter((one) => `${cloud.members(one)}` === `${members}`)
  expect(having(ANN)).toEqual(Array.from({ length: 41 }, (_, index) => name(70 + index)))
  expect(cloud.members(name(0))).toEqual([])
  await cloud.admin.deleteGroup(id)
  await cloud.settled()
  await cloud.minutes(2)
  expect((await cloud.snapshot.mirror(id))?.state).toBe('gone')
  expect(having(ANN)).toEqual([])
  expect(cloud.members(name(110))).toEqual([])
  expect(await cloud.reconcile()).toMatchObject({ phase: 'finished', unread: [] })
}, 90_000)

test('a read that takes longer than the function has time is given up and written down, and no other', async () => {
  const [slow, quick] = [await groupOf('slow read', ann, bob), await groupOf('quick read', ann, bob)]
  cloud.okta.faults.deliveries.drop = 'all'
  for (const id of [slow, quick]) await cloud.admin.leave(id, bob)
  passTime(10 * SECOND)
  cloud.okta.faults.next({ answer: 'late', ms: 8 * SECOND, method: 'GET', path: `/groups/${slow}` })
  const messages = [hint('group', slow), hint('group', quick)]
  const { compose } = await import('../../functions/read-group.ts')
  const handler = compose() as (event: unknown, context: Context) => Promise<unknown>
  const began = performance.now()
  const answer = await handler(
    sqsEvent(messages, HINTS),
    contextWith(() => 12 * SECOND),
  )
  expect(performance.now() - began).toBeLessThan(6 * SECOND)
  expect(answer).toEqual({ batchItemFailures: [] })
  const mirror = (await cloud.snapshot.mirror(slow))!
  expect(mirror).toMatchObject({ failures: 1, newestHint: Number(messages[0]?.Attributes?.['SentTimestamp']) })
  expect(mirror.retryAt).toBeLessThanOrEqual(Date.now() + MINUTE)
  await cloud.settled()
  expect(cloud.members('quick read')).toEqual([ANN])
  expect(cloud.members('slow read')).toEqual([ANN, BOB])
  cloud.okta.faults.reset()
  // What was written down is tried again, not what the System Log would tell.
  cloud.okta.faults.lag.logs = Number.POSITIVE_INFINITY
  await cloud.minutes(2)
  expect(cloud.members('slow read')).toEqual([ANN])
})

test('of two unfinished runs the earlier goes on without reading again what the later has read', async () => {
  cloud.okta.faults.deliveries.drop = 'all'
  const gone = await groupOf('gone before two runs', ann)
  await groupOf('there in two runs', ann)
  await cloud.reconcile()
  await cloud.admin.deleteGroup(gone)
  const groups = (await cloud.admin.call('GET', '/api/v1/groups')) as { type: string }[]
  const inScope = groups.filter(({ type }) => type === 'OKTA_GROUP').length
  const { compose } = await import('../../functions/reconcile.ts')
  const handler = compose() as (event: unknown, context: Context) => Promise<RunReport>
  const reads = cloud.reads()
  // Its time is nearly up once the last group of the listing is being read.
  const timeLeft = () => (cloud.reads() - reads < inScope ? 900 * SECOND : 20 * SECOND)
  expect((await handler({ run: 'earlier' }, contextWith(timeLeft))).phase).toBe('absent')
  passTime(5 * SECOND)
  expect(await cloud.reconcile({ run: 'later' })).toMatchObject({ phase: 'finished', counts: { absent: 1 } })
  const readByBoth = cloud.reads()
  expect(await cloud.reconcile({ run: 'earlier' })).toMatchObject({ phase: 'finished', counts: { absent: 0 } })
  expect(cloud.reads()).toBe(readByBoth)
})

test('a run whose cursor Okta does not take any more lists from the start, and finishes', async () => {
  cloud.okta.faults.deliveries.drop = 'all'
  const id = await groupOf('after the cursor', ann)
  const run = 'with a cursor'
  cloud.okta.faults.next({ answer: 500, times: 1000, path: 'after=expired' })
  const cursor = '/api/v1/groups?limit=200&after=expired'
  const listing = { phase: 'listing', startedAt: Date.now(), cursor, takeUpAt: Date.now() } as const
  await cloud.snapshot.putRun({ ...waitingRun(run, null), ...listing })
  for (let tries = 0; tries < 6; tries++) {
    passTime(10 * MINUTE)
    await cloud.catchUp()
  }
  expect(await cloud.snapshot.run(run)).toMatchObject({ phase: 'finished', unread: [], takeUpAt: null })
  expect((await cloud.snapshot.mirror(id))?.run?.id).toBe(run)
  expect(cloud.members('after the cursor')).toEqual([ANN])
})

test('settings that are accepted while Okta does not answer take effect once it does', async () => {
  await cloud.admin.join(
    await groupOf('accepted settings', ann),
    await cloud.admin.createUser('carl@example.com', { login: 'carl-login@example.com' }),
  )
  await cloud.settled()
  await cloud.deploy({ guard: NO_GUARD, members: { attribute: 'login' } })
  cloud.okta.faults.next({ answer: 503, times: 1000, path: 'okta-organization' })
  const run = await acceptDeployed(cloud)
  await cloud.catchUp()
  expect(await cloud.snapshot.run(run)).toMatchObject({ phase: 'listing', failures: 1 })
  expect(cloud.members('accepted settings')).toContain('carl@example.com')
  cloud.okta.faults.reset()
  await cloud.minutes(2)
  expect(await cloud.snapshot.run(run)).toMatchObject({ phase: 'finished' })
  expect(cloud.members('accepted settings')).toEqual([ANN, 'carl-login@example.com'])
})
