import type { CryptoKey } from 'jose'
import { generateKeyPair, importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Okta } from '../../local/okta/server.ts'
import { startOkta } from '../../local/okta/server.ts'
import { allOf, call, serviceApp } from './okta-client.ts'

let okta: Okta
let ahead = 0
beforeAll(async () => {
  okta = await startOkta({ now: () => Date.now() + ahead })
})
afterAll(() => okta.close())

async function assertion(claims: Record<string, unknown> = {}, key?: CryptoKey) {
  const signer = new SignJWT({
    iss: okta.clientId,
    sub: okta.clientId,
    aud: `${okta.url}/oauth2/v1/token`,
    exp: Math.floor(Date.now() / 1000) + 300,
    ...claims,
  })
  return signer
    .setProtectedHeader({ alg: 'RS256' })
    .sign(key ?? (await importJWK(JSON.parse(okta.privateKey), 'RS256')))
}

async function ask(form: Record<string, string>) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    scope: 'okta.groups.read',
    ...form,
  })
  const response = await fetch(`${okta.url}/oauth2/v1/token`, { method: 'POST', body })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('a right assertion gets a token with the scopes that it asked for', async () => {
  const { status, body } = await ask({ client_assertion: await assertion(), scope: 'okta.groups.read okta.logs.read' })
  expect(status).toBe(200)
  expect(body).toEqual({
    token_type: 'Bearer',
    expires_in: 3600,
    access_token: expect.any(String),
    scope: 'okta.groups.read okta.logs.read',
  })
  const get = (path: string) => call(okta, 'GET', path, undefined, `Bearer ${body.access_token}`)
  expect((await get('/api/v1/groups')).status).toBe(200)
  expect(await get('/api/v1/users')).toMatchObject({ status: 403, body: { errorCode: 'E0000006' } })
  expect((await call(okta, 'POST', '/api/v1/groups', {}, `Bearer ${body.access_token}`)).status).toBe(403)
  ahead = 3601_000
  expect(await get('/api/v1/groups')).toMatchObject({ status: 401, body: { errorCode: 'E0000011' } })
  ahead = 0
})

test('manage includes read', async () => {
  const { body } = await ask({ client_assertion: await assertion(), scope: 'okta.eventHooks.manage' })
  expect((await call(okta, 'GET', '/api/v1/eventHooks', undefined, `Bearer ${body.access_token}`)).status).toBe(200)
})

test('wrong assertions and requests are refused', async () => {
  const { privateKey: other } = await generateKeyPair('RS256')
  const soon = Math.floor(Date.now() / 1000)
  const wrong = await Promise.all([
    assertion({}, other),
    assertion({ aud: okta.url }),
    assertion({ iss: 'someone' }),
    assertion({ sub: 'someone' }),
    assertion({ exp: soon - 10 }),
    assertion({ exp: soon + 2 * 3600 }),
    assertion({ exp: undefined }),
    'nonsense',
  ])
  for (const client_assertion of wrong)
    expect(await ask({ client_assertion })).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  const right = { client_assertion: await assertion() }
  expect(await ask({ ...right, scope: 'okta.apps.read' })).toMatchObject({
    status: 400,
    body: { error: 'invalid_scope' },
  })
  expect(await ask({ ...right, scope: '' })).toMatchObject({ body: { error: 'invalid_scope' } })
  expect(await ask({ ...right, grant_type: 'password' })).toMatchObject({ body: { error: 'unsupported_grant_type' } })
  expect(await ask({ ...right, client_assertion_type: 'x' })).toMatchObject({ body: { error: 'invalid_client' } })
  const once = { client_assertion: await assertion({ jti: 'one' }) }
  expect((await ask(once)).status).toBe(200)
  expect((await ask(once)).status).toBe(401)
})

test('the SDK gets a new token where the old one is no longer taken', async () => {
  const app = serviceApp(okta)
  await allOf(app.groupApi.listGroups())
  okta.tokens.revoke()
  okta.requests.reset()
  await allOf(app.groupApi.listGroups())
  expect(okta.requests.list.map(({ method, pattern, status }) => [method, pattern, status])).toEqual([
    ['GET', '/api/v1/groups', 401],
    ['POST', '/oauth2/v1/token', 200],
    ['GET', '/api/v1/groups', 200],
  ])
  expect(okta.requests.count()).toBe(3)
  expect(okta.requests.count('GET')).toBe(2)
})
