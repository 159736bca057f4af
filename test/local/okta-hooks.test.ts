import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { delayOf } from '../../local/okta/delivery-faults.ts'
import type { Okta } from '../../local/okta/server.ts'
import { startOkta } from '../../local/okta/server.ts'
import { administrator, call } from './okta-client.ts'
import { hookBody, startReceiver } from './okta-receiver.ts'

const TYPES = ['group.user_membership.add', 'group.user_membership.remove', 'group.lifecycle.create']
let okta: Okta
let receiver: Awaited<ReturnType<typeof startReceiver>>
let hookId: string
beforeAll(async () => {
  okta = await startOkta({ timing: { timeoutMs: 150, retryMs: 5 } })
  receiver = await startReceiver()
  const hook = await administrator(okta).eventHookApi.createEventHook({
    eventHook: hookBody(`${receiver.url}/hook`, TYPES) as never,
  })
  hookId = hook.id!
  expect(hook).toMatchObject({ status: 'ACTIVE', verificationStatus: 'UNVERIFIED' })
})
beforeEach(async () => {
  await okta.deliveriesSettled()
  okta.faults.reset()
  receiver.received.length = 0
  receiver.answers.length = 0
  okta.deliveries.made.length = 0
})
afterAll(async () => {
  await okta.close()
  await receiver.close()
})

const failures = () => okta.org.log.entries.filter(({ event }) => event.eventType === 'event_hook.delivery')
let count = 0
const newGroup = () => okta.org.createGroup({ name: `Group ${count++}` })

test('nothing is delivered before the hook is verified, and the challenge must come back', async () => {
  newGroup()
  await okta.deliveriesSettled()
  expect(receiver.received).toEqual([])
  receiver.verification = 'something else'
  const verify = () => call(okta, 'POST', `/api/v1/eventHooks/${hookId}/lifecycle/verify`)
  expect(await verify()).toMatchObject({ status: 400, body: { errorCode: 'E0000001' } })
  receiver.verification = undefined
  receiver.challenges.length = 0
  receiver.verifyStatuses = [503]
  expect(await verify()).toMatchObject({ status: 200, body: { verificationStatus: 'VERIFIED' } })
  expect(receiver.challenges).toHaveLength(2)
  expect(receiver.challenges[0]).toMatchObject({ authorization: 'sesame', 'x-custom': 'yes' })
})

test('an event arrives in Okta’s envelope, with the channel’s headers', async () => {
  const { id } = newGroup()
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
  const { headers, envelope } = receiver.received[0]!
  expect(headers).toMatchObject({ authorization: 'sesame', 'x-custom': 'yes', 'content-type': 'application/json' })
  expect(envelope).toMatchObject({
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    contentType: 'application/json',
    source: `${okta.url}/api/v1/eventHooks/${hookId}`,
    eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    eventTime: expect.any(String),
  })
  expect(envelope.data.events).toEqual([okta.org.log.entries.at(-1)!.event])
  expect(envelope.data.events[0]!.target![0]!.id).toBe(id)
})

test('events of a moment share a delivery; others are not sent', async () => {
  const group = newGroup()
  const user = okta.org.createUser('hook@example.com')
  okta.org.addMember(group.id, user.id)
  okta.org.removeMember(group.id, user.id)
  await okta.deliveriesSettled()
  expect(receiver.received).toHaveLength(1)
  expect(receiver.events().map(({ eventType }) => eventType)).toEqual([
    'group.lifecycle.create',
    'group.user_membership.add',
    'group.user_membership.remove',
  ])
})

test.each([
  { name: 'a 5xx is retried once, with the same event id', answers: [500, 204], replies: [500, 204], failed: 0 },
  { name: 'a second 5xx ends it', answers: [500, 502, 204], replies: [500, 502], failed: 1 },
  { name: 'a 4xx is not retried', answers: [401, 204], replies: [401], failed: 1 },
  { name: 'no answer in time is retried', answers: [0, 200], replies: ['timeout', 200], failed: 0 },
])('$name', async ({ answers, replies, failed }) => {
  receiver.answers.push(...answers)
  const before = failures().length
  newGroup()
  await okta.deliveriesSettled()
  expect(okta.deliveries.made.map((made) => made.replies)).toEqual([replies])
  expect(new Set(receiver.received.map(({ envelope }) => envelope.eventId)).size).toBe(1)
  expect(failures().length - before).toBe(failed)
  if (failed) expect(failures().at(-1)!.event).toMatchObject({ outcome: { result: 'FAILURE' }, severity: 'WARN' })
})

test('deliveries are lost as the faults say', async () => {
  okta.faults.deliveries.drop = 2
  const names = [newGroup(), newGroup(), newGroup()].map(({ name }) => name)
  await okta.deliveriesSettled()
  expect(receiver.events().map(({ target }) => target![0]!.displayName)).toEqual([names[2]])
  const lost = `Group ${count}`
  okta.faults.deliveries.drop = (event) => event.target![0]!.displayName === lost
  newGroup()
  const { name } = newGroup()
  await okta.deliveriesSettled()
  expect(receiver.events().at(-1)!.target![0]!.displayName).toBe(name)
  okta.faults.deliveries.drop = 'all'
  newGroup()
  await okta.deliveriesSettled()
  expect(receiver.events()).toHaveLength(2)
})

test('deliveries come twice, split, in another order, and late', async () => {
  Object.assign(okta.faults.deliveries, { duplicate: 1, split: true, order: 'reversed' })
  const names = [newGroup().name, newGroup().name]
  await okta.deliveriesSettled()
  expect(receiver.received).toHaveLength(4)
  expect(new Set(receiver.received.map(({ envelope }) => envelope.eventId)).size).toBe(4)
  expect(new Set(receiver.events().map(({ uuid }) => uuid)).size).toBe(2)
  expect(okta.deliveries.made.map(({ uuids }) => uuids).every((uuids) => uuids.length === 1)).toBe(true)
  expect(
    receiver
      .events()
      .map(({ target }) => target![0]!.displayName)
      .sort(),
  ).toEqual([...names, ...names].sort())

  okta.faults.reset()
  receiver.received.length = 0
  Object.assign(okta.faults.deliveries, {
    split: true,
    delayMs: (events: { target: { displayName: string }[] }[]) =>
      events[0]!.target[0]!.displayName === names[0] ? 60 : 0,
  })
  okta.org.groups.replace(
    okta.org.state.groups.all().find(({ name }) => name === names[0])!.id,
    { name: 'gone' },
    okta.org.by(),
  )
  okta.org.createGroup({ name: names[0]! })
  const { name } = newGroup()
  await okta.deliveriesSettled()
  expect(receiver.events().map(({ target }) => target![0]!.displayName)).toEqual([name, names[0]])
  receiver.received.length = 0
  Object.assign(okta.faults.deliveries, { split: false, delayMs: 0, order: 'reversed' })
  const [first, second] = [newGroup().name, newGroup().name]
  await okta.deliveriesSettled()
  expect(receiver.received).toHaveLength(1)
  expect(receiver.events().map(({ target }) => target![0]!.displayName)).toEqual([second, first])
  okta.faults.deliveries.order = 'shuffled'
  newGroup()
  await okta.deliveriesSettled()
})

test('a delay between two is another one for each delivery', () => {
  const lots = [0, 0.5, 0.999]
  const faults = { ...okta.faults.deliveries, delayMs: [100, 300] as const }
  const delays = lots.map((lot) => Math.round(delayOf(faults, [], () => lot)))
  expect(delays).toEqual([100, 200, 300])
})

test('nulls and targets go out as the faults say', async () => {
  okta.faults.nulls = 'absent'
  okta.faults.nullTargets = 'all'
  newGroup()
  await okta.deliveriesSettled()
  expect(JSON.stringify(receiver.received[0]!.envelope)).not.toContain('null')
  expect(receiver.events()[0]).not.toHaveProperty('target')
})

test('the secret is never shown, and a changed channel must be verified again', async () => {
  const path = `/api/v1/eventHooks/${hookId}`
  for (const { body } of [await call(okta, 'GET', path), await call(okta, 'GET', '/api/v1/eventHooks')])
    expect(JSON.stringify(body)).not.toContain('sesame')
  const same = await call(okta, 'PUT', path, { ...hookBody(`${receiver.url}/hook`, TYPES), name: 'renamed' })
  expect(same.body).toMatchObject({ name: 'renamed', verificationStatus: 'VERIFIED' })
  expect(same.body.channel.config.authScheme).toEqual({ type: 'HEADER', key: 'Authorization' })
  const other = await call(okta, 'PUT', path, hookBody(`${receiver.url}/hook`, TYPES, 'another'))
  expect(other.body.verificationStatus).toBe('UNVERIFIED')
  newGroup()
  await okta.deliveriesSettled()
  expect(receiver.received).toEqual([])
  await call(okta, 'POST', `${path}/lifecycle/verify`)
  newGroup()
  await okta.deliveriesSettled()
  expect(receiver.received[0]!.headers.authorization).toBe('another')
})

test('only hook-eligible events, https or loopback, and 25 active hooks', async () => {
  const right = hookBody(`${receiver.url}/hook`, TYPES)
  const { channel, events } = right
  const { config } = channel
  for (const wrong of [
    { ...right, name: '' },
    hookBody(`${receiver.url}/hook`, ['event_hook.delivery']),
    hookBody(`${receiver.url}/hook`, ['user.account.update_primary_email']),
    hookBody(`${receiver.url}/hook`, []),
    hookBody('http://hooks.example.com', TYPES),
    hookBody('no address', TYPES),
    hookBody(`${receiver.url}/hook`, TYPES, ''),
    { ...right, events: { ...events, type: 'FLOW_EVENT' } },
    { ...right, events: { ...events, filter: { eventFilterMap: [] } } },
    { ...right, channel: { ...channel, version: '2' } },
    { ...right, channel: { ...channel, type: 'MAIL' } },
    { ...right, channel: { ...channel, config: { ...config, headers: [{ key: '' }] } } },
    { ...right, channel: { ...channel, config: { ...config, authScheme: { type: 'NONE' } } } },
    { ...right, channel: { ...channel, config: { ...config, authScheme: { type: 'HEADER', value: 'x' } } } },
  ])
    expect((await call(okta, 'POST', '/api/v1/eventHooks', wrong)).status, JSON.stringify(wrong)).toBe(400)
  expect((await call(okta, 'DELETE', `/api/v1/eventHooks/${hookId}`)).status).toBe(400)
  const made = []
  for (let index = 1; index < 25; index++) made.push((await call(okta, 'POST', '/api/v1/eventHooks', right)).body.id)
  expect((await call(okta, 'POST', '/api/v1/eventHooks', right)).status).toBe(400)
  const first = `/api/v1/eventHooks/${made[0]}`
  expect((await call(okta, 'POST', `${first}/lifecycle/deactivate`)).body.status).toBe('INACTIVE')
  expect((await call(okta, 'POST', '/api/v1/eventHooks', right)).status).toBe(200)
  expect((await call(okta, 'POST', `${first}/lifecycle/activate`)).status).toBe(400)
  expect((await call(okta, 'DELETE', first)).status).toBe(204)
  expect((await call(okta, 'GET', first)).status).toBe(404)
})

test('closing gives up what is under way', async () => {
  const other = await startOkta({ timing: { timeoutMs: 60_000 } })
  const hook = other.org.hooks.create(hookBody(receiver.url, TYPES), other.org.by())
  other.org.hooks.verified(hook.id, other.org.by())
  receiver.answers.push(0)
  other.org.createGroup({ name: 'Never answered' })
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
  await other.close()
  await other.deliveriesSettled()
  expect(other.deliveries.made).toEqual([])
})
