import { request } from 'node:http'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { afterEach, expect, test } from 'vitest'
import { startHttpApi } from '../../../local/lambda/http-api.ts'
import { type FunctionOptions, lambdaFunction } from '../../../local/lambda/lambda-function.ts'
import type { LocalServer } from '../../../local/lambda/listen.ts'

const servers: LocalServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function api(handler: FunctionOptions['handler'], timeoutMs?: number): Promise<string> {
  const fn = lambdaFunction({ name: 'okta-hook', timeoutMs: 10_000, handler })
  const server = await startHttpApi(fn, { timeoutMs })
  servers.push(server)
  return server.url
}

async function eventOf(path: string, init: RequestInit = {}): Promise<APIGatewayProxyEventV2> {
  const url = await api(async (event: APIGatewayProxyEventV2) => event)
  return (await (await fetch(`${url}${path}`, init)).json()) as APIGatewayProxyEventV2
}

test('a request becomes an event in payload format 2.0', async () => {
  const before = Date.now()
  const event = await eventOf('/okta/events?a=1&a=2&name=Gr%C3%B6%C3%9Fe', {
    method: 'POST',
    headers: {
      Authorization: 'secret',
      'Content-Type': 'application/json',
      'User-Agent': 'Okta/1.0',
      Cookie: 'a=1; b=2',
    },
    body: '{"größe":1}',
  })
  expect(event).toEqual({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/okta/events',
    rawQueryString: 'a=1&a=2&name=Gr%C3%B6%C3%9Fe',
    cookies: ['a=1', 'b=2'],
    headers: expect.objectContaining({
      authorization: 'secret',
      'content-type': 'application/json',
      host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    }),
    queryStringParameters: { a: '1,2', name: 'Größe' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: expect.any(String),
      domainPrefix: 'local',
      http: {
        method: 'POST',
        path: '/okta/events',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'Okta/1.0',
      },
      requestId: expect.any(String),
      routeKey: '$default',
      stage: '$default',
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      timeEpoch: expect.any(Number),
    },
    body: '{"größe":1}',
    isBase64Encoded: false,
  })
  expect(event.headers).not.toHaveProperty('cookie')
  expect(event.requestContext.timeEpoch).toBeGreaterThanOrEqual(before)
})

test('a request without query or body has neither', async () => {
  const event = await eventOf('/')
  expect(event).toMatchObject({ rawPath: '/', rawQueryString: '', isBase64Encoded: false })
  for (const absent of ['body', 'queryStringParameters', 'cookies']) expect(event).not.toHaveProperty(absent)
})

test('a body that is no UTF-8 comes as base64', async () => {
  const event = await eventOf('/', { method: 'POST', body: Buffer.from([0xff, 0x00, 0x80]) })
  expect(event).toMatchObject({ body: '/wCA', isBase64Encoded: true })
})

test('headers sent twice are joined', async () => {
  const url = await api(async (event: APIGatewayProxyEventV2) => event.headers['x-okta'])
  const text = await new Promise((resolve, reject) => {
    request(url, { headers: { 'X-Okta': ['one', 'two'] } }, (response) => {
      let said = ''
      response.on('data', (chunk) => (said += chunk)).on('end', () => resolve(said))
    })
      .on('error', reject)
      .end()
  })
  expect(text).toBe('one,two')
})

test('the answer has the function’s status, headers, cookies and body', async () => {
  const url = await api(async () => ({
    statusCode: 201,
    headers: { 'X-Count': 3, 'Content-Type': 'application/json' },
    cookies: ['a=1', 'b=2'],
    body: '{"verification":"ü"}',
  }))
  const response = await fetch(url)
  expect(response.status).toBe(201)
  expect(response.headers.get('x-count')).toBe('3')
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(await response.json()).toEqual({ verification: 'ü' })
})

test('a base64 body is sent as what it stands for, and an answer may have no body', async () => {
  const url = await api(async (event: APIGatewayProxyEventV2) =>
    event.rawPath === '/bytes' ? { statusCode: 200, body: '/wCA', isBase64Encoded: true } : { statusCode: 204 },
  )
  const bytes = await (await fetch(`${url}/bytes`)).arrayBuffer()
  expect([...new Uint8Array(bytes)]).toEqual([0xff, 0x00, 0x80])
  const empty = await fetch(url)
  expect([empty.status, await empty.text()]).toEqual([204, ''])
})

test('without a statusCode the whole result is the body', async () => {
  const response = await fetch(await api(async () => ({ ok: true })))
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
  expect(await response.json()).toEqual({ ok: true })
})

test.each<[string, unknown]>([
  ['throws', undefined],
  ['answers with a status that is none', { statusCode: 'fine', headers: { 'content-length': '999' } }],
  ['answers with a body that is no string', { statusCode: 200, body: { a: 1 } }],
  ['answers with a header that can’t be sent', { statusCode: 200, headers: { 'x-a': 'b\r\nc: d' } }],
])('a function that %s is a 500', async (_what, result) => {
  const url = await api(async () => {
    if (result === undefined) throw new Error('no')
    return result
  })
  const response = await fetch(url)
  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({ message: 'Internal Server Error' })
})

test('a function that takes longer than the API waits is a 503', async () => {
  const url = await api(() => new Promise(() => {}), 50)
  const response = await fetch(url)
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({ message: 'Service Unavailable' })
})

test('10 MB of body are let through, one byte more is a 413', async () => {
  let called = 0
  const url = await api(async (event: APIGatewayProxyEventV2) => {
    called++
    return { statusCode: 200, body: String(event.body?.length) }
  })
  const post = (length: number) => fetch(url, { method: 'POST', body: 'x'.repeat(length) })
  expect(await (await post(10 * 1024 * 1024)).text()).toBe(String(10 * 1024 * 1024))
  const refused = await post(10 * 1024 * 1024 + 1)
  expect(refused.status).toBe(413)
  expect(await refused.json()).toEqual({ message: 'Request Entity Too Large' })
  expect(called).toBe(1)
})
