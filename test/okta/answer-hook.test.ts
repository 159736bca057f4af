import { fc, test } from '@fast-check/vitest'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { describe, expect } from 'vitest'
import { type AnswerHookPorts, answerHook } from '../../shared/okta/answer-hook.ts'
import type { Hint } from '../../shared/queue/hint.ts'
import type { Telemetry } from '../../shared/sync/ports.ts'
import { anyEvent, anyJsonEvent, event, json } from './events.ts'

const SECRET = 'the right secret'
const NOW = Date.parse('2026-01-31T12:00:00Z')

interface Given {
  body?: string
  secret?: string | null
  method?: string
  headers?: Record<string, string>
  isBase64Encoded?: boolean
}

function request({ body, secret = SECRET, method = 'POST', headers = {}, isBase64Encoded = false }: Given = {}) {
  return {
    requestContext: { http: { method } },
    headers: { ...(secret === null ? {} : { authorization: secret }), ...headers },
    body,
    isBase64Encoded,
  } as unknown as APIGatewayProxyEventV2
}

/** The hook with a queue to look into, and everything that telemetry was told. */
function hook(over: Partial<AnswerHookPorts> = {}) {
  const queued: { hints: Hint[]; delivery: string }[] = []
  const told: unknown[] = []
  const tell = (...said: unknown[]) => void told.push(said)
  const telemetry: Telemetry = { info: tell, warn: tell, error: tell, count: tell }
  const ports: AnswerHookPorts = {
    isSecret: async (given) => given === SECRET,
    queue: async (hints, delivery) => void queued.push({ hints, delivery }),
    telemetry,
    attribute: 'email',
    newId: () => 'a new id',
    now: () => NOW,
    ...over,
  }
  return { queued, told, answer: (given: Given = {}) => answerHook(ports, request(given)) }
}

const delivery = (...events: unknown[]) => JSON.stringify({ eventId: 'delivery-1', data: { events } })

describe('the verification', () => {
  test('answers the challenge as JSON, without a secret', async () => {
    const headers = { 'x-okta-verification-challenge': 'a "quoted" challenge' }
    expect(await hook().answer({ method: 'GET', secret: null, headers })).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"verification":"a \\"quoted\\" challenge"}',
    })
  })

  test('without a challenge is no request of Okta', async () => {
    expect(await hook().answer({ method: 'GET' })).toEqual({ statusCode: 400 })
  })
})

test.each(['PUT', 'DELETE', 'HEAD'])('%s is not answered', async (method) => {
  expect(await hook().answer({ method })).toEqual({ statusCode: 405, headers: { allow: 'GET, POST' } })
})

describe('a delivery', () => {
  test('is answered 200 once its hints are in the queue, under the id of the delivery', async () => {
    const { answer, queued, told } = hook()
    const failed = event('group.profile.update', [['UserGroup', '00g1']], { outcome: { result: 'FAILURE' } })
    const other = event('user.session.start', [])
    const uuid = '0b7ed5a5-4b0a-4f6e-9d2c-1c6a4b8f0e11'
    const said = { uuid, published: new Date(NOW - 1_500).toISOString() }
    const body = delivery(event('group.lifecycle.create', [['UserGroup', '00g1']], said), failed, other, null, 'noise')
    expect(await answer({ body })).toEqual({ statusCode: 200 })
    expect(queued).toMatchObject([{ delivery: 'delivery-1', hints: [{ subject: 'group', id: '00g1' }] }])
    expect(told).toEqual([
      ['EventsWithoutHint', 1],
      ['EventsFailed', 1],
      ['HintsQueued', 1],
      ['EventToHook', 1_500],
      ['a delivery is in the queue', { hints: 1, events: [uuid] }],
    ])
  })

  test('may be encoded', async () => {
    const { answer, queued } = hook()
    const body = Buffer.from(delivery(event('group.lifecycle.create', [['UserGroup', '00gü']]))).toString('base64')
    expect(await answer({ body, isBase64Encoded: true })).toEqual({ statusCode: 200 })
    expect(queued[0]?.hints).toMatchObject([{ id: '00gü' }])
  })

  test.each([
    '{}',
    '{"eventId":""}',
    '{"eventId":7}',
    'null',
    '[]',
    '"text"',
    '{"data":null}',
    '{"data":{"events":{}}}',
  ])('without an id or events (%s) has a new id and no hints', async (body) => {
    const { answer, queued } = hook()
    expect(await answer({ body })).toEqual({ statusCode: 200 })
    expect(queued).toEqual([{ delivery: 'a new id', hints: [] }])
  })

  test.each([undefined, '', 'not JSON', '{"data":'])('whose body is %j is answered 400', async (body) => {
    const { answer, queued } = hook()
    for (const isBase64Encoded of [false, true]) {
      expect(await answer({ body, isBase64Encoded })).toEqual({ statusCode: 400 })
    }
    expect(queued).toEqual([])
  })

  test('with another secret or none is answered 401 and counted, and its body is not looked at', async () => {
    for (const secret of ['wrong', '', null]) {
      const { answer, queued, told } = hook()
      expect(await answer({ secret, body: 'not JSON' })).toEqual({ statusCode: 401 })
      expect(queued).toEqual([])
      expect(told).toEqual([['DeliveriesRefused']])
    }
  })

  test('that could not be queued is answered 503, with the name of the error alone in the log', async () => {
    const error = Object.assign(new Error('ann@example.com could not be queued'), { name: 'QueueError' })
    const { answer, told } = hook({ queue: () => Promise.reject(error) })
    expect(await answer({ body: delivery(event('group.lifecycle.create', [['UserGroup', '00g1']])) })).toEqual({
      statusCode: 503,
    })
    expect(told.at(-1)).toEqual([expect.stringContaining('could not be stored'), { error: 'QueueError' }])
    expect(told.flat()).not.toContain('HintsQueued')
  })

  test('whose secret could not be looked up is answered 503: it may be right', async () => {
    const { answer, queued } = hook({ isSecret: () => Promise.reject(new Error('no answer')) })
    expect(await answer({ body: delivery() })).toEqual({ statusCode: 503 })
    expect(queued).toEqual([])
  })
})

const anyBody = fc.oneof(
  fc
    .tuple(fc.option(fc.string()), fc.array(fc.oneof(anyEvent, anyJsonEvent, json), { maxLength: 4 }))
    .map(([eventId, events]) => JSON.stringify({ eventId, data: { events } })),
  json.map((value) => JSON.stringify(value)),
  fc.json(),
)

test.prop([anyBody, fc.boolean()])('any JSON with the right secret is answered 200', async (body, isBase64Encoded) => {
  const { answer, queued } = hook()
  const sent = isBase64Encoded ? Buffer.from(body).toString('base64') : body
  expect(await answer({ body: sent, isBase64Encoded })).toEqual({ statusCode: 200 })
  expect(queued).toHaveLength(1)
})

test.prop([fc.oneof(anyBody, fc.string()), fc.string().filter((secret) => secret !== SECRET)])(
  'anything with another secret is answered 401',
  async (body, secret) => {
    const { answer, queued } = hook()
    expect(await answer({ body, secret })).toEqual({ statusCode: 401 })
    expect(queued).toEqual([])
  },
)

const MARK = 'mark-of-the-request'
const marked = fc
  .constantFrom('uuid', 'eventType', 'published', 'actor', 'outcome', 'target', 'debugContext')
  .map((field) => ({
    ...event('group.user_membership.add', [
      ['User', MARK],
      ['UserGroup', MARK],
    ]),
    [field]: MARK,
  }))

test.prop([fc.array(marked, { maxLength: 3 }), fc.constantFrom(SECRET, `${SECRET} ${MARK}`), fc.boolean()])(
  'nothing of a request is told to telemetry',
  async (events, secret, fails) => {
    const { answer, told } = hook(fails ? { queue: () => Promise.reject(new Error(`${MARK} was not taken`)) } : {})
    await answer({ secret, body: JSON.stringify({ eventId: MARK, data: { events } }), headers: { 'user-agent': MARK } })
    expect(told).not.toEqual([])
    expect(JSON.stringify(told)).not.toContain(MARK)
  },
)
