import { type ClientHttp2Session, connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { GetGroupCommand, QBusinessClient } from '@aws-sdk/client-qbusiness'
import { NodeHttp2Handler } from '@smithy/node-http-handler'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'

let q: QBusiness
let session: ClientHttp2Session
let groups = ''

beforeAll(async () => {
  q = await startQBusiness()
  session = connect(q.url)
  groups = `/applications/${q.applicationId}/indices/${q.indexId}/groups`
  q.store.putForeign('sales', [])
})

afterAll(async () => {
  session.destroy()
  await q.close()
})

const authorization = (change: (header: string) => string = (header) => header) =>
  change(
    'AWS4-HMAC-SHA256 Credential=LOCAL/20270115/us-east-1/qbusiness/aws4_request, ' +
      `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  )

async function send(
  method: string,
  path: string,
  headers: Record<string, string | undefined> = {},
  body?: string | Buffer,
) {
  const all = { 'x-amz-date': '20270115T080000Z', authorization: authorization(), ...headers }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  const stream = session.request({ ':method': method, ':path': path, ...given }, { endStream: false })
  const head = new Promise<Record<string, unknown>>((resolve, reject) => {
    stream.on('response', resolve)
    stream.on('error', reject)
  })
  stream.end(body)
  const [answered, said] = await Promise.all([head, text(stream)])
  return { status: answered[':status'], type: answered['x-amzn-errortype'], headers: answered, body: JSON.parse(said) }
}

const put = (body: string | Buffer, type = 'application/json') => send('PUT', groups, { 'content-type': type }, body)
const right = { groupName: 'g', type: 'INDEX', groupMembers: {} }

describe('A request', () => {
  test('that is right is answered in JSON, with an id', async () => {
    const { status, headers, body } = await send('GET', `${groups}/sales`)
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-amzn-requestid': expect.any(String) })
    expect(headers['x-amzn-errortype']).toBeUndefined()
    expect(body.status).toEqual({ status: 'SUCCEEDED', lastUpdatedAt: expect.any(Number) })
  })

  test.each([
    ['GET', '/'],
    ['GET', '/applications'],
    ['GET', '/applications/x/groups'],
    ['POST', '/applications/x/indices/y/groups'],
    ['GET', '/applications/x/index/y/groups'],
    ['DELETE', '/applications/x'],
  ])('%s %s is no operation', async (method, path) => {
    const { status, type, body } = await send(method, path)
    expect({ status, type, reason: body.reason }).toEqual({
      status: 400,
      type: 'ValidationException',
      reason: 'UNKNOWN_OPERATION',
    })
  })

  test('that can’t be read is refused', async () => {
    const unread = [
      put('{'),
      put(''),
      put('[]'),
      put('null'),
      put(Buffer.from(JSON.stringify({ ...right, groupName: '\xff' }), 'latin1')),
      put(JSON.stringify(right), 'text/plain'),
      send('PUT', groups, {}, JSON.stringify(right)),
      send('GET', `${groups}/%FF`),
      send('GET', `${groups}/sales`, {}, '{}'),
    ]
    for (const { status, type, body } of await Promise.all(unread)) {
      expect({ status, type }).toEqual({ status: 400, type: 'ValidationException' })
      expect(body).toEqual({ message: expect.any(String), reason: 'CANNOT_PARSE' })
    }
    expect((await put(JSON.stringify(right), 'application/json; charset=utf-8')).status).toBe(200)
  })

  test('names each thing that is wrong', async () => {
    const { body } = await put(
      JSON.stringify({ groupName: '', groupMembers: { memberUsers: [{}, { userId: 'u', x: 1 }] } }),
    )
    expect(body.message).toMatch(/^4 validation errors detected: Value at 'groupName' failed to satisfy constraint: /)
    const names = ['groupName', 'groupMembers.memberUsers.0.userId', 'groupMembers.memberUsers.1.x', 'type']
    expect(body.fields.map(({ name }: { name: string }) => name)).toEqual(names)
  })

  test('may not carry what belongs into its path, nor twice what is one', async () => {
    const twice = { ...right, applicationId: q.applicationId }
    expect((await put(JSON.stringify(twice))).body.fields).toEqual([
      { name: 'applicationId', message: 'Member is not known' },
    ])
    const time = encodeURIComponent('2027-01-15T08:00:00Z')
    const path = `${groups}?updatedEarlierThan=${time}`
    expect((await send('GET', path)).status).toBe(200)
    expect((await send('GET', `${path}&updatedEarlierThan=${time}`)).body.fields).toMatchObject([
      { name: 'updatedEarlierThan' },
    ])
    for (const wrong of ['2027-01-15', '1800000000', '2027-13-15T08:00:00Z', '2027-01-15T08:00:00']) {
      const { body } = await send('GET', `${groups}?updatedEarlierThan=${encodeURIComponent(wrong)}`)
      expect(body.fields, wrong).toMatchObject([{ name: 'updatedEarlierThan' }])
    }
  })

  test('may not have a name of half a character, or of one that nobody sees', async () => {
    for (const name of ['\ud83d', 'a\u200bb', 'a\u0000', '\ue000', '\u0378']) {
      const { body } = await put(JSON.stringify({ ...right, groupName: name }))
      expect(body.fields, JSON.stringify(name)).toMatchObject([{ name: 'groupName' }])
    }
  })

  test('may have null for a member that may be absent', async () => {
    expect((await put(JSON.stringify({ ...right, roleArn: null, groupMembers: { memberUsers: null } }))).status).toBe(
      200,
    )
  })
})

describe('The signature', () => {
  test.each([
    ['missing', undefined, 'MissingAuthenticationTokenException'],
    ['of another scheme', 'Bearer token', 'IncompleteSignatureException'],
    ['for another service', authorization((header) => header.replace('/qbusiness/', '/kendra/')), undefined],
    ['without a region', authorization((header) => header.replace('/us-east-1/', '//')), undefined],
    ['for another region', authorization((header) => header.replace('/us-east-1/', '/eu-west-1/')), undefined],
    ['of another day', authorization((header) => header.replace('20270115', '20270116')), undefined],
    ['without the host', authorization((header) => header.replace('host;', '')), undefined],
    ['without the date', authorization((header) => header.replace(';x-amz-date', '')), undefined],
    ['of a header that is not there', authorization((header) => header.replace('host;', 'host;x-none;')), undefined],
    ['too short', authorization((header) => header.slice(0, -1)), undefined],
  ])('%s is 403', async (_, header, type = 'IncompleteSignatureException') => {
    const answered = await send('GET', `${groups}/sales`, { authorization: header })
    expect(answered).toMatchObject({ status: 403, type, body: { message: expect.any(String) } })
    expect(q.calls.at(-1)).toMatchObject({ operation: undefined, outcome: type })
  })

  test.each([undefined, 'yesterday', '20270115'])('with the time %s is 403', async (time) => {
    expect((await send('GET', `${groups}/sales`, { 'x-amz-date': time })).status).toBe(403)
  })

  test('of the host under its HTTP/2 name is taken', async () => {
    const header = authorization((each) => each.replace('host;', ':authority;'))
    expect((await send('GET', `${groups}/sales`, { authorization: header })).status).toBe(200)
  })
})

test('Many calls go over one connection', async () => {
  const client = new QBusinessClient({
    endpoint: q.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' },
    requestHandler: new NodeHttp2Handler({ disableConcurrentStreams: false }),
  })
  const { applicationId, indexId } = q
  const command = () => new GetGroupCommand({ applicationId, indexId, groupName: 'sales' })
  const found = await Promise.all(Array.from({ length: 50 }, () => client.send(command())))
  expect(found.every(({ status }) => status?.status === 'SUCCEEDED')).toBe(true)
  client.destroy()
})

test('Another index, with other ids and on a port of choice', async () => {
  const ids = { applicationId: `x${'0'.repeat(35)}`, indexId: `y${'0'.repeat(35)}` }
  const first = await startQBusiness(ids)
  const port = Number(new URL(first.url).port)
  await first.close()
  const second = await startQBusiness({ ...ids, port })
  expect(second).toMatchObject({ ...ids, url: `http://127.0.0.1:${port}` })
  await second.close()
})
