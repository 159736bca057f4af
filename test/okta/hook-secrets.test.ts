import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Secrets, startSecrets } from '../../local/secrets/server.ts'
import { hookSecrets, type IsSecret } from '../../shared/okta/hook-secrets.ts'

let secrets: Secrets
let provider: SecretsProvider
let now = 1_800_000_000_000
let isSecret: IsSecret
let name = ''
let calls = 0

beforeAll(async () => {
  secrets = await startSecrets()
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const clientConfig = { endpoint: secrets.url, region: 'us-east-1', credentials, maxAttempts: 1 }
  provider = new SecretsProvider({ clientConfig })
})
beforeEach(({ task }) => {
  name = `hook of ${task.id}`
  secrets.faults.down = false
  isSecret = hookSecrets(provider, name, () => now)
  calls = secrets.calls
})
afterAll(() => secrets.close())

const asked = () => secrets.calls - calls

test('a secret is a text, whatever it looks like', async () => {
  for (const secret of ['plain', '"quoted"', '{"a":1}', '12', 'null']) {
    secrets.put(name, secret)
    isSecret = hookSecrets(provider, name, () => now)
    expect(await isSecret(secret)).toBe(true)
    expect(await isSecret(`${secret} `)).toBe(false)
    expect(await isSecret('')).toBe(false)
  }
})

test('while it is rotated both secrets of a list are right, and nothing else that is in it', async () => {
  secrets.put(name, '["old","new","",7,null]')
  expect(await Promise.all(['old', 'new', '["old","new","",7,null]', '', '7', 'null'].map(isSecret))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})

test('an empty secret or list lets nobody in', async () => {
  for (const secret of ['[]', '[""]']) {
    secrets.put(name, secret)
    isSecret = hookSecrets(provider, name, () => now)
    expect(await isSecret('')).toBe(false)
    expect(await isSecret(secret)).toBe(false)
  }
})

test('a known secret asks nobody, and an unknown one asks once in half a minute', async () => {
  secrets.put(name, 'right')
  expect(await isSecret('right')).toBe(true)
  for (let delivery = 0; delivery < 5; delivery++) expect(await isSecret('right')).toBe(true)
  expect(await isSecret('wrong')).toBe(false)
  now += 29_999
  expect(await isSecret('wrong')).toBe(false)
  expect(asked()).toBe(1)
  now += 1
  expect(await isSecret('wrong')).toBe(false)
  expect(asked()).toBe(2)
})

test('a new secret is found half a minute after the last look, and the old one is let in no more', async () => {
  secrets.put(name, 'old')
  expect(await isSecret('old')).toBe(true)
  secrets.put(name, 'new')
  now += 30_000
  expect(await isSecret('new')).toBe(true)
  expect(await isSecret('old')).toBe(false)
})

test('while the secret store is down the known secret is right, and an unknown one can neither be right nor wrong', async () => {
  secrets.put(name, 'right')
  secrets.faults.down = true
  await expect(isSecret('right')).rejects.toThrow()
  secrets.faults.down = false
  expect(await isSecret('right')).toBe(true)
  secrets.faults.down = true
  now += 30_000
  expect(await isSecret('right')).toBe(true)
  await expect(isSecret('wrong')).rejects.toThrow()
  await expect(isSecret('wrong')).rejects.toThrow()
})

test('a secret that is not there lets nobody in', async () => {
  await expect(isSecret('anything')).rejects.toThrow()
})

test('a secret without a text lets nobody in', async () => {
  const nothing = { get: async () => undefined } as unknown as SecretsProvider
  expect(await hookSecrets(nothing, name, () => now)('')).toBe(false)
})
