import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Okta, startOkta } from '../../local/okta/server.ts'
import { type Secrets, startSecrets } from '../../local/secrets/server.ts'
import { CredentialsError, signIn } from '../../shared/okta/sign-in.ts'
import { MINUTE, passTime } from '../support/time.ts'

const now = () => Date.now()
const PATH = '/api/v1/groups'

let okta: Okta
let secrets: Secrets
let provider: SecretsProvider

beforeAll(async () => {
  okta = await startOkta({ now })
  secrets = await startSecrets({ now })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const clientConfig = { endpoint: secrets.url, region: 'us-east-1', credentials, maxAttempts: 1 }
  provider = new SecretsProvider({ clientConfig })
})
afterAll(async () => {
  await secrets.close()
  await okta.close()
})

const app = (over: Record<string, unknown> = {}) =>
  JSON.stringify({ clientId: okta.clientId, privateKey: okta.privateKey, ...over })
const signInWith = (name: string, value: string) => {
  secrets.put(name, value)
  return signIn(provider, name, okta.url, 5_000)
}

test.each<[string, () => string]>([
  ['a service app', () => app()],
  ['a service app whose key has an id', () => app({ keyId: JSON.parse(okta.privateKey).kid })],
  ['an API token', () => JSON.stringify({ token: okta.token })],
])('Okta answers %s', async (name, value) => {
  const ask = await signInWith(name, value())()
  expect((await ask(PATH)).body).toMatchObject([{ profile: { name: 'Everyone' } }])
})

test('the secret is looked at once in five minutes, and the client is kept while it is the same', async () => {
  const signedIn = signInWith('kept', app())
  const before = secrets.calls
  const ask = await signedIn()
  expect(await signedIn()).toBe(ask)
  expect(secrets.calls).toBe(before + 1)
  passTime(6 * MINUTE)
  expect(await signedIn()).toBe(ask)
  expect(secrets.calls).toBe(before + 2)
})

test('a rotated credential is taken up within five minutes', async () => {
  const signedIn = signInWith('rotated', JSON.stringify({ token: 'revoked' }))
  await expect((await signedIn())(PATH)).rejects.toMatchObject({ status: 401 })
  secrets.put('rotated', JSON.stringify({ token: okta.token }))
  await expect((await signedIn())(PATH)).rejects.toMatchObject({ status: 401 })
  passTime(6 * MINUTE)
  expect((await (await signedIn())(PATH)).body).toHaveLength(1)
})

test.each([
  'not JSON: sesame',
  '{}',
  '[]',
  '"sesame"',
  '{"token":"sesame","clientId":"sesame"}',
  '{"clientId":"sesame"}',
  '{"tokn":"sesame"}',
])('%s is no credential, and the error says what would be, without the secret', async (value) => {
  const error = await signInWith(`wrong ${value}`, value)().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(CredentialsError)
  const { message, cause } = error as Error
  expect(message).toMatch(/must hold \{"clientId", "privateKey", "keyId"\}/)
  expect(message.replace(`wrong ${value}`, '')).not.toContain('sesame')
  expect(cause).toBeUndefined()
})

test('a secret that cannot be read is an error that names it, what was answered and what to do', async () => {
  const read = () => signIn(provider, 'wanted', okta.url, 5_000)()
  const wrong = { name: 'SecretError', secret: 'wanted' }
  await expect(read()).rejects.toMatchObject({
    ...{ ...wrong, cause: { name: 'ResourceNotFoundException' } },
    message: expect.stringMatching(
      /^the secret wanted can't be read \(ResourceNotFoundException, 400\): make it, or put/,
    ),
  })
  secrets.faults.denied = true
  await expect(read()).rejects.toMatchObject({ ...wrong, message: expect.stringContaining('GetSecretValue') })
  Object.assign(secrets.faults, { denied: false, down: true })
  await expect(read()).rejects.toMatchObject({
    ...wrong,
    message: expect.stringContaining('(InternalServiceError, 500)'),
  })
  secrets.faults.down = false
})

test('a secret without a text is no credential', async () => {
  const nothing = { get: async () => undefined } as unknown as SecretsProvider
  await expect(signIn(nothing, 'empty', okta.url, 5_000)()).rejects.toBeInstanceOf(CredentialsError)
})
