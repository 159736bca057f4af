import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestCloud, testCloud } from '../support/cloud.ts'
import { MINUTE, passTime } from '../support/time.ts'

let cloud: TestCloud

beforeAll(async () => {
  cloud = await testCloud({ pollers: false, settings: { members: { attribute: 'employeeEmail' } } })
})
afterAll(() => cloud.close())

async function deliver(body: unknown, headers: Record<string, string> = {}, method = 'POST') {
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const authorization = cloud.addresses.hookSecret
  const response = await fetch(cloud.addresses.hook, {
    method,
    headers: { authorization, 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: sent }),
  })
  return { status: response.status, body: await response.text() }
}

let deliveries = 0
function delivery(...events: unknown[]) {
  return { eventType: 'com.okta.event_hook', eventId: `delivery-${++deliveries}`, data: { events } }
}

const user = { type: 'User', id: '00u1', alternateId: 'ann@example.com' }
const group = { type: 'UserGroup', id: '00g1', displayName: 'core-team' }
const event = (eventType: string, target: unknown, more = {}) => ({
  uuid: `${eventType}-1`,
  eventType,
  target,
  ...more,
})

/** How many hints a delivery adds to the queue. */
async function hintsOf(body: unknown): Promise<number> {
  const before = await cloud.messages(cloud.addresses.hintQueue)
  expect((await deliver(body)).status).toBe(200)
  return (await cloud.messages(cloud.addresses.hintQueue)) - before
}

test('GET answers the verification challenge', async () => {
  const answer = await deliver('', { 'x-okta-verification-challenge': 'a-value' }, 'GET')
  expect(answer).toEqual({ status: 200, body: '{"verification":"a-value"}' })
  expect((await deliver('', {}, 'GET')).status).toBe(400)
  expect((await deliver('', {}, 'PUT')).status).toBe(405)
})

test('every event of a delivery counts, one hint for each group or user however many events name it', async () => {
  const other = { ...group, id: '00g2' }
  const many = Array.from({ length: 300 }, () => event('group.user_membership.add', [user, group]))
  expect(
    await hintsOf(delivery(...many, event('group.profile.update', [other]), event('user.lifecycle.suspend', [user]))),
  ).toBe(3)
})

test('an event with a UserGroup gives a group hint only, by type and never by position', async () => {
  expect(
    await hintsOf(delivery(event('group.user_membership.add', [group, { type: 'AppInstance', id: '0oa1' }, user]))),
  ).toBe(1)
})

test('a repeated delivery rings once', async () => {
  const body = delivery(event('group.lifecycle.create', [group]))
  expect(await hintsOf(body)).toBe(1)
  expect(await hintsOf(body)).toBe(0)
})

test('a profile update gives a hint where it may change a user id', async () => {
  const update = (changedAttributes?: unknown) =>
    delivery(event('user.account.update_profile', [user], { debugContext: { debugData: { changedAttributes } } }))
  expect(await hintsOf(update('nickName,title'))).toBe(0)
  expect(await hintsOf(update('nickName, employeeEmail'))).toBe(1)
  expect(await hintsOf(update('login'))).toBe(1)
  expect(await hintsOf(update('email'))).toBe(1)
  expect(await hintsOf(update())).toBe(1)
})

test('two secrets live at once; an unknown one is looked up once more, at most every 30 s', async () => {
  const body = delivery(event('group.lifecycle.create', [group]))
  const { hookSecret } = cloud.addresses
  passTime(MINUTE)
  cloud.secrets.put('hook', JSON.stringify(['new-secret', hookSecret]))
  const calls = cloud.secrets.calls
  expect((await deliver(body, { authorization: 'new-secret' })).status).toBe(200)
  expect((await deliver(body)).status).toBe(200)
  expect((await deliver(body, { authorization: 'unknown' })).status).toBe(401)
  expect(cloud.secrets.calls).toBe(calls + 1)
  cloud.secrets.put('hook', 'newest-secret')
  expect((await deliver(body, { authorization: 'newest-secret' })).status).toBe(401)
  passTime(MINUTE)
  expect((await deliver(body, { authorization: 'newest-secret' })).status).toBe(200)
  expect((await deliver(body)).status).toBe(401)
  passTime(MINUTE)
  cloud.secrets.put('hook', hookSecret)
  expect((await deliver(body)).status).toBe(200)
})

test('a queue that does not answer gets 503 before Okta has given up', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const url = process.env['HINT_QUEUE_URL']!
  process.env['HINT_QUEUE_URL'] = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/000000000000/hints.fifo`
  await cloud.functions.redeploy()
  const { counts } = cloud.functions.functions['okta-hook']
  const { timedOut } = counts
  expect((await deliver(delivery(event('group.lifecycle.create', [group])))).status).toBe(503)
  expect(counts.timedOut).toBe(timedOut)
  process.env['HINT_QUEUE_URL'] = url
  await cloud.functions.redeploy()
  silent.closeAllConnections()
  silent.close()
})
