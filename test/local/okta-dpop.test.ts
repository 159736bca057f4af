import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Okta, startOkta } from '../../local/okta/server.ts'
import { allOf, call, serviceApp } from './okta-client.ts'

let okta: Okta
let ahead = 0
let groupId: string
let jwk: JWK
beforeAll(async () => {
  okta = await startOkta({ now: () => Date.now() + ahead, dpop: 'required' })
  groupId = okta.org.createGroup({ name: 'Bound' }).id
  for (let n = 0; n < 5; n++) okta.org.addMember(groupId, okta.org.createUser(`u${n}@example.com`).id)
  jwk = JSON.parse(okta.privateKey)
})
afterAll(() => okta.close())
beforeEach(() => {
  ahead = 0
  okta.tokens.dpop = 'required'
  okta.faults.reset()
  okta.requests.reset()
})

const tokenUrl = () => `${okta.url}/oauth2/v1/token`
const groupUrl = () => `${okta.url}/api/v1/groups/${groupId}`
const publicHalf = ({ kty, n, e, crv, x, y }: JWK): JWK => ({ kty, n, e, crv, x, y }) as JWK
const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url')
const nowS = () => Math.floor((Date.now() + ahead) / 1000)

/** A proof that is right for the token endpoint, but for what is told. */
async function proof(claims: Record<string, unknown> = {}, header: object = {}, key: JWK = jwk) {
  const payload = { htm: 'POST', htu: tokenUrl(), iat: nowS(), jti: randomUUID(), ...claims }
  const signer = new SignJWT(JSON.parse(JSON.stringify(payload)))
  const fields = { typ: 'dpop+jwt', alg: 'RS256', jwk: publicHalf(key), ...header }
  return signer.setProtectedHeader(fields).sign(await importJWK(key, 'RS256'))
}

async function ask(dpop?: string) {
  const assertion = new SignJWT({ iss: okta.clientId, sub: okta.clientId, aud: tokenUrl(), exp: nowS() + 300 })
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion.setProtectedHeader({ alg: 'RS256' }).sign(await importJWK(jwk, 'RS256')),
    scope: 'okta.groups.read',
  })
  const response = await fetch(tokenUrl(), { method: 'POST', body, headers: dpop === undefined ? {} : { dpop } })
  const answer = (await response.json()) as Record<string, string>
  return { status: response.status, answer, nonce: response.headers.get('dpop-nonce') }
}

async function nonce() {
  return (await ask(await proof())).nonce!
}

async function token(key = jwk) {
  const { answer } = await ask(await proof({ nonce: await nonce() }, {}, key))
  return answer['access_token']!
}

async function get(authorization: string, dpop?: string, url = groupUrl()) {
  const response = await fetch(url, { headers: { authorization, ...(dpop !== undefined && { dpop }) } })
  return { status: response.status, challenge: response.headers.get('www-authenticate') }
}

const proofOf = (accessToken: string, claims: object = {}, key = jwk) =>
  proof({ htm: 'GET', htu: groupUrl(), ath: hashOf(accessToken), ...claims }, {}, key)

describe('the token endpoint', () => {
  test('wants a proof, then a nonce in it, and gives a token of type DPoP', async () => {
    expect(await ask()).toEqual({
      status: 400,
      answer: { error: 'invalid_dpop_proof', error_description: 'The DPoP proof JWT header is missing.' },
      nonce: null,
    })
    const first = await ask(await proof())
    expect(first).toMatchObject({ status: 400, answer: { error: 'use_dpop_nonce' }, nonce: expect.any(String) })
    const second = await ask(await proof({ nonce: first.nonce }))
    expect(second).toMatchObject({ status: 200, answer: { token_type: 'DPoP', access_token: expect.any(String) } })
    expect(await ask(await proof({ nonce: 'made up' }))).toMatchObject({ answer: { error: 'use_dpop_nonce' } })
    ahead = 24 * 3600_000
    expect(await ask(await proof({ nonce: first.nonce }))).toMatchObject({ answer: { error: 'use_dpop_nonce' } })
  })

  test('refuses a proof that is wrong in any way, and one that was used', async () => {
    const right = { nonce: await nonce() }
    const other = JSON.parse((await startedKey()).privateKey) as JWK
    const wrong: [string, string][] = [
      ['htm', await proof({ ...right, htm: 'GET' })],
      ['htu', await proof({ ...right, htu: okta.url })],
      ['iat', await proof({ ...right, iat: nowS() - 301 })],
      ['iat', await proof({ ...right, iat: nowS() + 302 })],
      ['iat', await proof({ ...right, iat: undefined })],
      ['jti', await proof({ ...right, jti: undefined })],
      ['jti', await proof({ ...right, jti: '' })],
      ['invalid: ', await proof(right, { typ: 'JWT' })],
      ['invalid: ', await proof(right, { jwk: undefined })],
      // The private half has no business there.
      ['invalid: ', await proof(right, { jwk })],
      ['invalid: ', await proof(right, { jwk: publicHalf(other) })],
      ['invalid: ', 'nonsense'],
    ]
    for (const [why, dpop] of wrong) {
      const { status, answer } = await ask(dpop)
      expect([status, answer['error']], why).toEqual([400, 'invalid_dpop_proof'])
      expect(answer['error_description']).toContain(why)
    }
    const once = await proof(right)
    expect((await ask(once)).status).toBe(200)
    expect((await ask(once)).answer['error_description']).toBe('The DPoP proof JWT has already been used.')
  })

  test('off: a proof is ignored, and the token is a bearer’s', async () => {
    okta.tokens.dpop = 'off'
    const { status, answer } = await ask('nonsense')
    expect([status, answer['token_type']]).toEqual([200, 'Bearer'])
    expect((await get(`Bearer ${answer['access_token']}`)).status).toBe(200)
    expect((await get(`DPoP ${answer['access_token']}`, await proofOf(answer['access_token']!))).status).toBe(401)
  })
})

describe('the API', () => {
  test('takes a bound token with a fresh proof only', async () => {
    const bound = await token()
    const once = await proofOf(bound)
    expect((await get(`DPoP ${bound}`, once)).status).toBe(200)
    expect(await get(`DPoP ${bound}`, once)).toMatchObject({
      status: 400,
      challenge: expect.stringContaining(
        'error="invalid_dpop_proof", error_description="The DPoP proof JWT has already been used."',
      ),
    })
    expect((await get(`Bearer ${bound}`)).status).toBe(401)
    expect((await get(`Bearer ${bound}`, await proofOf(bound))).status).toBe(401)
    expect((await get(`DPoP ${bound}`)).challenge).toContain('The DPoP proof JWT header is missing.')
    okta.tokens.dpop = 'off'
    expect((await get(`DPoP ${bound}`, await proofOf(bound))).status).toBe(200)
  })

  test('refuses a proof for another request, another token, or by another key', async () => {
    const bound = await token()
    for (const [claim, value] of Object.entries({ htm: 'get', htu: `${groupUrl()}?limit=1`, ath: hashOf('other') }))
      expect(await get(`DPoP ${bound}`, await proofOf(bound, { [claim]: value })), claim).toEqual({
        status: 400,
        challenge: expect.stringContaining(`'${claim}' claim in the DPoP proof JWT is invalid.`),
      })
    expect((await get(`DPoP ${bound}`, await proofOf(bound, { ath: undefined }))).challenge).toContain("'ath'")
    const other = JSON.parse((await startedKey()).privateKey) as JWK
    expect(await calculateJwkThumbprint(other)).not.toBe(await calculateJwkThumbprint(jwk))
    expect(await get(`DPoP ${bound}`, await proofOf(bound, {}, other))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    })
  })

  test('compares htu without the query, and with the path decoded', async () => {
    const bound = await token()
    expect((await get(`DPoP ${bound}`, await proofOf(bound), `${groupUrl()}?limit=1`)).status).toBe(200)
    const encoded = groupUrl().replace('groups/00g', 'groups/%30%30g')
    expect((await get(`DPoP ${bound}`, await proofOf(bound), encoded)).status).toBe(200)
    expect((await get(`DPoP ${bound}`, await proofOf(bound, { htu: encoded }), encoded)).challenge).toContain("'htu'")
  })

  test('uses a proof up, also where it answers 429', async () => {
    const bound = await token()
    const once = await proofOf(bound)
    okta.faults.next({ answer: 429 })
    expect((await get(`DPoP ${bound}`, once)).status).toBe(429)
    expect((await get(`DPoP ${bound}`, once)).challenge).toContain('already been used')
  })

  test('still takes the administrator’s token', async () => {
    expect((await call(okta, 'GET', '/api/v1/groups')).status).toBe(200)
  })
})

describe('@okta/okta-sdk-nodejs 8.1.0', () => {
  const answered = () => okta.requests.list.map(({ method, status }) => `${method} ${status}`)

  test('signs in with a nonce, and proves each of its own calls', async () => {
    const app = serviceApp(okta)
    const members = await allOf(app.groupApi.listGroupUsers({ groupId, limit: 2 }))
    expect(members).toHaveLength(5)
    expect(answered()).toEqual(['POST 400', 'POST 200', 'GET 200', 'GET 200', 'GET 200'])
    okta.tokens.revoke()
    expect((await app.groupApi.getGroup({ groupId })).id).toBe(groupId)
  })

  test('cannot do what has an @ in its path: it proves the path as it is encoded', async () => {
    const find = serviceApp(okta).userApi.getUser({ userId: 'u0@example.com' })
    await expect(find).rejects.toMatchObject({ status: 400 })
  })

  test('proves a plain call without a method as get, which is not GET', async () => {
    const { http } = serviceApp(okta) as unknown as { http: Plain }
    await expect(http.http(groupUrl(), { headers: {} })).rejects.toMatchObject({ status: 400 })
    expect((await http.http(groupUrl(), { method: 'GET', headers: {} })).status).toBe(200)
  })

  test('sends the same proof again after a 429, which ends in 400', async () => {
    const app = serviceApp(okta, undefined, 2)
    await app.groupApi.getGroup({ groupId })
    okta.requests.reset()
    okta.faults.next({ answer: 429, resetInSeconds: 0 })
    await expect(app.groupApi.getGroup({ groupId })).rejects.toMatchObject({ status: 400 })
    expect(answered()).toEqual(['GET 429', 'GET 400'])
  })

  test('goes on saying DPoP after it is switched off, until the client is made anew', async () => {
    const app = serviceApp(okta)
    await app.groupApi.getGroup({ groupId })
    okta.tokens.dpop = 'off'
    okta.tokens.revoke()
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(app.groupApi.getGroup({ groupId })).rejects.toMatchObject({ status: 401 })
    expect((await serviceApp(okta).groupApi.getGroup({ groupId })).id).toBe(groupId)
  })
})

/** The SDK's own fetch, with its sign-in. */
interface Plain {
  http(url: string, request: { method?: string; headers: object }): Promise<Response>
}

/** Another key of the same kind. */
async function startedKey() {
  const other = await startOkta()
  await other.close()
  return other
}
