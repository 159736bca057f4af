import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Okta, startOkta } from '../../local/okta/server.ts'
import { type Ask, askOkta, OktaAnswerError, SCOPES } from '../../shared/okta/client.ts'
import { passTime } from '../support/time.ts'
import { respond, startPlainServer } from './plain-server.ts'

let okta: Okta
let ask: Ask
let groupId: string
let ahead = 0
const now = () => Date.now() + ahead

beforeAll(async () => {
  okta = await startOkta({ now, tokenLifetimeS: 60 })
  groupId = okta.org.createGroup({ name: 'Sales' }).id
  for (const person of ['ann', 'bob', 'mary'])
    okta.org.addMember(groupId, okta.org.createUser(`${person}@example.com`).id)
})
beforeEach(() => {
  ahead = 0
  okta.faults.reset()
  okta.requests.reset()
  ask = asker()
})
afterAll(() => okta.close())

const asker = (url = okta.url, timeout = 5_000) => askOkta(url, { token: okta.token }, timeout)
const app = (timeout = 5_000) => askOkta(okta.url, { clientId: okta.clientId, privateKey: okta.privateKey }, timeout)
const members = (query = '') => `/api/v1/groups/${groupId}/users${query}`
const tokensAsked = () => okta.requests.count('POST', '/oauth2/v1/token')

describe('an answer', () => {
  test('has its body, when it was given by Okta’s clock, and where the next page is', async () => {
    ahead += 3_600_000
    const { body, date, next } = await ask(members('?limit=2'))
    expect(body).toMatchObject([{ status: 'ACTIVE' }, { status: 'ACTIVE' }])
    expect(date % 1_000).toBe(0)
    expect(Math.abs(date - now())).toBeLessThan(5_000)
    expect(next).toMatch(/^\/api\/v1\/groups\/\w+\/users\?limit=2&after=/)
    expect(await ask(next!)).toMatchObject({ body: [{ status: 'ACTIVE' }], next: null })
  })

  test('of Okta’s own 404 is no body', async () => {
    const { body, date, next } = await ask('/api/v1/groups/00gnone')
    expect([body, next]).toEqual([null, null])
    expect(Math.abs(date - now())).toBeLessThan(5_000)
  })

  test('of the same path is never an old one', async () => {
    const name = async () =>
      ((await ask(`/api/v1/groups/${groupId}`)).body as { profile: { name: string } }).profile.name
    expect(await name()).toBe('Sales')
    okta.org.replaceGroup(groupId, { name: 'Verkauf' })
    expect(await name()).toBe('Verkauf')
    okta.org.replaceGroup(groupId, { name: 'Sales' })
  })

  test('is the same for an org URL with a slash at its end', async () => {
    expect((await asker(`${okta.url}/`)(`/api/v1/groups/${groupId}`)).body).toMatchObject({ id: groupId })
  })
})

test('every answer is heard with its Date header, refusals and those to a sign-in too', async () => {
  const credentials = { clientId: okta.clientId, privateKey: okta.privateKey }
  let heard: string[] = []
  const hear = (date: number, sentAt: number, receivedAt: number) => {
    const { method, status } = okta.requests.list.at(-1)!
    heard.push(`${method} ${status} ${Math.round((date - sentAt) / 60_000)} ${sentAt <= receivedAt}`)
  }
  okta.faults.next({ answer: 503, path: '/users' })
  await expect(askOkta(okta.url, credentials, 5_000, hear)(members())).rejects.toMatchObject({ status: 503 })
  expect(heard).toEqual(['POST 200 0 true', 'GET 503 0 true'])
  heard = []
  okta.faults.clockAheadMs = 3_600_000
  await expect(askOkta(okta.url, credentials, 5_000, hear)(members())).rejects.toThrow()
  expect(heard[0]).toBe('POST 401 60 true')
})

describe('Okta in trouble', () => {
  test.each([500, 503] as const)('with %i is an error, and is not asked again at once', async (answer) => {
    okta.faults.next({ answer })
    await expect(ask(members())).rejects.toMatchObject({ status: answer })
    expect(okta.requests.count()).toBe(1)
  })

  test('that cuts the connection in the middle of the body is an error', async () => {
    okta.faults.next({ answer: 'cut' })
    // The SDK notices it only when the time is up.
    await expect(asker(okta.url, 100)(members())).rejects.toThrow()
  })

  test('that never answers is given up', async () => {
    okta.faults.next({ answer: 'silence' })
    await expect(asker(okta.url, 100)(members())).rejects.toThrow(/timeout/)
  })

  test('that limits requests is asked again when the limit is reset', async () => {
    okta.faults.next({ answer: 429, resetInSeconds: -1, times: 2 })
    expect((await ask(members())).body).toHaveLength(3)
    expect(okta.requests.count()).toBe(3)
  })

  test('that goes on limiting them is an error', async () => {
    okta.faults.next({ answer: 429, resetInSeconds: -1, times: 3 })
    await expect(ask(members())).rejects.toMatchObject({ status: 429, errorCode: 'E0000047' })
  })

  test('whose limit lasts longer than there is time is not waited for', async () => {
    okta.faults.next({ answer: 429, resetInSeconds: 60 })
    await expect(ask(members())).rejects.toMatchObject({
      message: expect.stringContaining('requestTimeout'),
      status: 429,
    })
    expect(okta.requests.count()).toBe(1)
  })

  test('that does not know the token is an error', async () => {
    const stranger = askOkta(okta.url, { token: 'wrong' }, 5_000)
    await expect(stranger(members())).rejects.toMatchObject({ status: 401, errorCode: 'E0000011' })
  })
})

describe('a service app', () => {
  test('signs in once for requests side by side, with the scopes for reading', async () => {
    const asks = app()
    const answers = await Promise.all(Array.from({ length: 4 }, () => asks(members())))
    for (const { body } of answers) expect(body).toHaveLength(3)
    expect(tokensAsked()).toBe(1)
    expect(SCOPES).toEqual(['okta.groups.read', 'okta.users.read', 'okta.logs.read'])
    await expect(asks('/api/v1/eventHooks')).rejects.toMatchObject({ status: 403 })
  })

  test('signs in again when its token has expired, or is revoked', async () => {
    const asks = app()
    await asks(members())
    passTime(61_000)
    expect((await asks(members())).body).toHaveLength(3)
    okta.tokens.revoke()
    expect((await asks(members())).body).toHaveLength(3)
    expect(tokensAsked()).toBe(3)
  })

  test('that cannot sign in is an error, until it can', async () => {
    const asks = app()
    okta.faults.next({ answer: 500, method: 'POST', path: /token/, times: 3 })
    await expect(asks(members())).rejects.toMatchObject({ status: 401 })
    okta.faults.reset()
    expect((await asks(members())).body).toHaveLength(3)
  })

  test('whose sign-in is cut off is an error, until it is not', async () => {
    const asks = app(200)
    okta.faults.next({ answer: 'cut', method: 'POST', path: /token/, times: 3 })
    await expect(asks(members())).rejects.toThrow()
    okta.faults.reset()
    expect((await asks(members())).body).toHaveLength(3)
  })
})

describe('what is not Okta’s', () => {
  const OKTA_404 = { errorCode: 'E0000007', errorSummary: 'Not found: Resource not found: 00g1 (UserGroup)' }

  test.each<[string, number, unknown, Record<string, string>]>([
    ['a page that is not there', 404, '<html>Not Found</html>', { 'content-type': 'text/html' }],
    ['a path that Okta does not have', 404, { errorCode: 'E0000008' }, {}],
    ['a 404 without a code', 404, { message: 'no such thing' }, {}],
    ['a 404 with an empty body', 404, '', {}],
    ['the code of a 404 with another status', 403, OKTA_404, {}],
    ['a body that is no JSON', 200, '<html>Please sign in</html>', { 'content-type': 'text/html' }],
    ['half a body', 200, '[{"id":"00u1"', {}],
  ])('%s is an error, and nothing is taken for gone', async (_, status, body, headers) => {
    const server = await startPlainServer((_, response) => respond(response, status, body, headers))
    await expect(asker(server.url)('/api/v1/groups/00g1')).rejects.toThrow()
    await server.close()
  })

  test('an answer without a date is an error: reads could not be ordered by it', async () => {
    const server = await startPlainServer((request, response) => {
      response.sendDate = false
      respond(response, request.url === '/200' ? 200 : 404, request.url === '/200' ? [] : OKTA_404)
    })
    for (const path of ['/200', '/404']) {
      await expect(asker(server.url)(path)).rejects.toThrow(/Date header/)
      await expect(asker(server.url)(path)).rejects.toBeInstanceOf(OktaAnswerError)
    }
    await server.close()
  })

  test('a next link to another origin is not followed', async () => {
    for (const link of ['http://evil.example.com/api/v1/groups', '//evil.example.com/x']) {
      const headers = { link: `<http://127.0.0.1/self>; rel="self", <${link}>; rel="next"` }
      const server = await startPlainServer((_, response) => respond(response, 200, [], headers))
      await expect(asker(server.url)('/api/v1/groups')).rejects.toThrow(/leads to http:\/\/evil.example.com, away from/)
      await server.close()
    }
  })

  test('a next link may be relative, and other links are none', async () => {
    const links = ['</api/v1/groups?after=1>;rel="next"', '</api/v1/groups>; rel="self"']
    const server = await startPlainServer((_, response) => respond(response, 200, [], { link: links.shift()! }))
    const asks = asker(server.url)
    expect((await asks('/api/v1/groups')).next).toBe('/api/v1/groups?after=1')
    expect((await asks('/api/v1/groups')).next).toBeNull()
    await server.close()
  })

  test('nothing at all is an error', async () => {
    const server = await startPlainServer(() => {})
    await server.close()
    await expect(asker(server.url)('/api/v1/groups')).rejects.toThrow(/ECONNREFUSED/)
  })
})
