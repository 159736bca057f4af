import { GetGroupCommand, PutGroupCommand, QBusinessClient } from '@aws-sdk/client-qbusiness'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { oktaTarget } from '../../local/control/okta-target.ts'
import { dynamoDbTarget, secretsTarget } from '../../local/control/other-targets.ts'
import { qBusinessTarget } from '../../local/control/q-business-target.ts'
import { type Control, startControl } from '../../local/control/server.ts'
import { Faults } from '../../local/okta/faults.ts'
import { type Okta, startOkta } from '../../local/okta/server.ts'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { call } from './okta-client.ts'

const secrets = { faults: { down: false } }
const dynamodb = { lagMs: 0 }

let okta: Okta
let q: QBusiness
let control: Control
let client: QBusinessClient
let ids: { applicationId: string; indexId: string }
beforeAll(async () => {
  okta = await startOkta()
  q = await startQBusiness()
  control = await startControl({
    okta: oktaTarget(okta),
    qbusiness: qBusinessTarget(q),
    dynamodb: dynamoDbTarget(dynamodb as Parameters<typeof dynamoDbTarget>[0]),
    secrets: secretsTarget(secrets as Parameters<typeof secretsTarget>[0]),
  })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  client = new QBusinessClient({ endpoint: q.url, region: 'us-east-1', credentials, maxAttempts: 1 })
  ids = { applicationId: q.applicationId, indexId: q.indexId }
})
afterAll(async () => {
  client.destroy()
  for (const part of [control, okta, q]) await part.close()
})
beforeEach(() => {
  okta.faults.reset()
  q.faults.clear()
  Object.assign(q.switches, defaultSwitches)
})

async function say(method: string, path: string, body?: unknown) {
  const response = await fetch(control.url + path, {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, body: JSON.parse(await response.text()), allow: response.headers.get('allow') }
}
const put = (groupName: string, users: string[] = []) => {
  const groupMembers = { memberUsers: users.map((userId) => ({ userId })) }
  return client.send(new PutGroupCommand({ ...ids, groupName, type: 'INDEX', groupMembers }))
}
const groups = () => call(okta, 'GET', '/api/v1/groups')

test('listens on 127.0.0.1 only, beside the stand-ins, which know nothing of it', async () => {
  expect(new URL(control.url).hostname).toBe('127.0.0.1')
  await expect(fetch(control.url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow()
  expect((await call(okta, 'GET', '/okta/faults')).status).toBe(404)
})

test('a path that is none, a method that a path does not take, a body that is no JSON', async () => {
  for (const path of ['/', '/okta', '/okta/nothing', '/okta/faults/next', '/nobody/faults', '/okta/constructor'])
    expect(await say('GET', path)).toMatchObject({
      status: 404,
      body: { paths: expect.arrayContaining(['/okta/faults', '/qbusiness/switches', '/dynamodb/switches']) },
    })
  expect(await say('PUT', '/okta/switches', {})).toMatchObject({ status: 405, allow: 'GET, PATCH' })
  expect(await say('POST', '/okta/faults', {})).toMatchObject({ status: 405, allow: 'GET, PUT, DELETE' })
  expect(await say('PUT', '/okta/faults', 'nonsense')).toMatchObject({
    status: 400,
    body: { problems: [{ path: '', message: 'The body is no JSON.' }] },
  })
})

describe('Okta', () => {
  test('misbehaves as PUT says, until DELETE', async () => {
    const wanted = {
      deliveries: { drop: 'all', duplicate: 1, delayMs: [5, 10], order: 'shuffled', split: true },
      lag: { groups: 1000 },
      rateLimits: { enforced: true, perMinute: { logs: 7 } },
      clockAheadMs: -90_000,
      next: [
        { answer: 503, times: 2, path: '^/api/v1/groups', method: 'GET' },
        { answer: 429, resetInSeconds: 3, skip: 1 },
      ],
    }
    const usual = new Faults()
    const { status, body } = await say('PUT', '/okta/faults', wanted)
    expect(status).toBe(200)
    expect(body).toEqual({
      deliveries: wanted.deliveries,
      lag: { ...usual.lag, groups: 1000 },
      rateLimits: { ...usual.rateLimits, ...wanted.rateLimits },
      clockAheadMs: -90_000,
      next: [
        { ...wanted.next[0], skip: 0 },
        { ...wanted.next[1], times: 1 },
      ],
    })
    expect(okta.faults.deliveries).toEqual(wanted.deliveries)
    expect((await groups()).status).toBe(503)
    expect((await say('GET', '/okta/faults')).body.next[0]).toMatchObject({ times: 1 })
    await say('PUT', '/okta/faults', { lag: { members: 5 } })
    expect(okta.faults.lag).toEqual({ ...usual.lag, members: 5 })
    expect(okta.faults.deliveries).toEqual(usual.deliveries)
    expect((await groups()).status).toBe(200)
    await say('PUT', '/okta/faults', wanted)
    const { deliveries, lag, rateLimits } = usual
    const right = { deliveries, lag, rateLimits, clockAheadMs: 0, next: [] }
    expect((await say('DELETE', '/okta/faults')).body).toEqual(right)
    expect((await groups()).status).toBe(200)
  })

  test('knows every fault of the stand-in, and no other', async () => {
    const { deliveries, lag, rateLimits, clockAheadMs, requests, ...switches } = new Faults()
    const known = (await say('GET', '/okta/faults')).body
    expect({ ...known, requests }).toEqual({ deliveries, lag, rateLimits, clockAheadMs, next: [], requests })
    expect((await say('GET', '/okta/switches')).body).toEqual({ ...switches, dpop: 'off' })
    const bare = [500, 503, 429, 'cut', 'endless', 'silence', 'empty-page', 'repeated-page', 'foreign-link']
    for (const answer of [...bare, 'truncated', 'cursor-refused'])
      expect((await say('PUT', '/okta/faults', { next: [{ answer }] })).body.next).toMatchObject([{ answer }])
    expect((await say('PUT', '/okta/faults', { next: [{ answer: 'late', ms: 1 }] })).status).toBe(200)
  })

  test('refuses what does not fit, all of it at once, and does nothing of it', async () => {
    const wrong = {
      deliveries: { drop: 'some', order: 'sorted', delayMs: [1] },
      lag: { groups: -1, nobody: 1 },
      rateLimits: { perMinute: { coffee: 1 }, concurrent: 0.5 },
      next: [{ answer: 'teapot' }, { answer: 'late' }, { answer: 503, path: '(' }, { answer: 500, times: 0 }],
      nothing: true,
    }
    const { status, body } = await say('PUT', '/okta/faults', wrong)
    expect(status).toBe(400)
    expect(body.problems.map(({ path }: { path: string }) => path).sort()).toEqual([
      '',
      'deliveries.delayMs',
      'deliveries.drop',
      'deliveries.order',
      'lag',
      'lag.groups',
      'next.0.answer',
      'next.1.ms',
      'next.2.path',
      'next.3.times',
      'rateLimits.concurrent',
      'rateLimits.perMinute',
    ])
    expect(body.message).toContain('deliveries.drop: a whole number from 0, or "all"')
    const { deliveries, lag } = new Faults()
    expect([okta.faults.deliveries, okta.faults.lag, okta.faults.requests.left]).toEqual([deliveries, lag, 0])
  })

  test('takes sides as PATCH says, and leaves the others', async () => {
    okta.org.createGroup({ name: 'Seen or not' })
    const changed = { sees: [], nulls: 'absent', dpop: 'required' }
    const { body } = await say('PATCH', '/okta/switches', changed)
    expect(body).toMatchObject({ ...changed, countsDeprovisioned: true, nullTargets: [] })
    expect((await groups()).body).toEqual([])
    expect([okta.faults.nulls, okta.tokens.dpop]).toEqual(['absent', 'required'])
    const refused = await say('PATCH', '/okta/switches', { nulls: null, dpop: 'maybe', coffee: 1, nullTargets: 'some' })
    expect(refused).toMatchObject({ status: 400 })
    expect(refused.body.problems).toHaveLength(4)
    await say('PATCH', '/okta/switches', { sees: null, dpop: 'off' })
    expect((await groups()).body).not.toEqual([])
  })

  test('shows what it was asked and what it sent, and what is set in code', async () => {
    expect((await say('DELETE', '/okta/requests')).body).toEqual([])
    await groups()
    expect((await say('GET', '/okta/requests')).body).toMatchObject([{ method: 'GET', pattern: '/api/v1/groups' }])
    expect((await say('GET', '/okta/deliveries')).body).toEqual([])
    okta.faults.deliveries.drop = () => true
    okta.faults.next({ answer: 500, path: /a[bc]/ })
    expect((await say('GET', '/okta/faults')).body).toMatchObject({
      deliveries: { drop: '(a function)' },
      next: [{ path: 'a[bc]' }],
    })
  })
})

describe('Q Business', () => {
  test('misbehaves as PUT says, until DELETE', async () => {
    const faults = [
      { operation: 'PutGroup', kind: 'apply-then-answer', error: 'InternalServerException', group: 'sales' },
      { operation: 'GetGroup', kind: 'answer', error: 'ThrottlingException', times: 'Infinity' },
      { operation: 'PutGroup', kind: 'apply-late', afterMs: 5, times: 2 },
    ]
    const [first, second, third] = faults
    expect(await say('PUT', '/qbusiness/faults', faults)).toMatchObject({
      status: 200,
      body: [{ ...first, times: 1 }, second, third],
    })
    await expect(put('sales')).rejects.toMatchObject({ name: 'InternalServerException' })
    expect((await say('GET', '/qbusiness/faults')).body).toEqual([second, third])
    expect((await say('PUT', '/qbusiness/faults', [second])).body).toEqual([second])
    const get = () => client.send(new GetGroupCommand({ ...ids, groupName: 'sales' }))
    for (let time = 0; time < 3; time++) await expect(get()).rejects.toMatchObject({ name: 'ThrottlingException' })
    expect((await say('DELETE', '/qbusiness/faults')).body).toEqual([])
    expect((await get()).status).toBeDefined()
  })

  test('takes every fault that there is', async () => {
    for (const kind of ['cut', 'apply-then-cut', 'cut-in-answer', 'hang', 'apply-then-hang', 'endless', 'fail-later'])
      expect((await say('PUT', '/qbusiness/faults', [{ operation: 'PutGroup', kind }])).status, kind).toBe(200)
    expect((await say('PUT', '/qbusiness/faults', [{ operation: 'PutGroup', kind: 'slow', ms: 1 }])).status).toBe(200)
  })

  test('refuses what does not fit, all of it at once', async () => {
    const wrong = [
      { operation: 'PutGroup', kind: 'slow' },
      { operation: 'Nothing', kind: 'cut' },
      { operation: 'PutGroup', kind: 'explode' },
      { operation: 'PutGroup', kind: 'answer', error: 'TeapotException', coffee: 1 },
      { operation: 'PutGroup', kind: 'hang', times: 0 },
    ]
    const { status, body } = await say('PUT', '/qbusiness/faults', wrong)
    expect(status).toBe(400)
    expect(body.problems.map(({ path }: { path: string }) => path)).toEqual([
      '0.ms',
      '1.operation',
      '2.kind',
      '3.error',
      '3',
      '4.times',
    ])
    expect(q.faults.left).toBe(0)
  })

  test('takes sides as PATCH says, every one that there is', async () => {
    const { body } = await say('GET', '/qbusiness/switches')
    expect(body).toEqual({ ...defaultSwitches, nestingDepth: 'Infinity' })
    const turned = await say('PATCH', '/qbusiness/switches', { ...body, emptyList: 'refused', nestingDepth: 2 })
    expect(turned).toMatchObject({ status: 200, body: { emptyList: 'refused', nestingDepth: 2 } })
    await expect(put('nobody')).rejects.toMatchObject({ name: 'ValidationException' })
    await say('PATCH', '/qbusiness/switches', { nestingDepth: 'Infinity' })
    expect(q.switches.nestingDepth).toBe(Number.POSITIVE_INFINITY)
    const refused = await say('PATCH', '/qbusiness/switches', { emptyList: 'eaten', processingMs: -1, coffee: 1 })
    expect(refused.status).toBe(400)
    expect(refused.body.problems).toHaveLength(3)
    expect(q.switches.processingMs).toBe(defaultSwitches.processingMs)
  })

  test('does not change how names are compared once there are groups', async () => {
    const turn = () => say('PATCH', '/qbusiness/switches', { groupNames: 'case-insensitive', memberLimit: 5 })
    await put('Sales', ['ann@example.com'])
    expect(await turn()).toMatchObject({ status: 400, body: { problems: [{ path: 'groupNames' }] } })
    expect(q.switches.memberLimit).toBe(1000)
  })

  test('shows the calls', async () => {
    expect((await say('DELETE', '/qbusiness/calls')).body).toEqual([])
    await put('sales', ['ann@example.com'])
    expect((await say('GET', '/qbusiness/calls')).body).toMatchObject([
      { operation: 'PutGroup', groupName: 'sales', members: ['ann@example.com'], outcome: 'ok' },
    ])
  })
})

test('indexes lag, and the Secrets Manager is down, when told to', async () => {
  expect(await say('PATCH', '/dynamodb/switches', { indexLagMs: 3000 })).toMatchObject({ body: { indexLagMs: 3000 } })
  expect(dynamodb.lagMs).toBe(3000)
  expect((await say('PATCH', '/dynamodb/switches', { indexLagMs: -1 })).status).toBe(400)
  expect((await say('PATCH', '/dynamodb/switches', {})).body).toEqual({ indexLagMs: 3000 })
  expect(await say('PATCH', '/secrets/switches', { down: true })).toMatchObject({ body: { down: true } })
  expect(secrets.faults.down).toBe(true)
  expect((await say('PATCH', '/secrets/switches', { down: 'yes' })).status).toBe(400)
})
