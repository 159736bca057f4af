import {
  GetSecretValueCommand,
  ListSecretsCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Secrets, startSecrets } from '../../local/secrets/server.ts'

let secrets: Secrets
let client: SecretsManagerClient

beforeAll(async () => {
  secrets = await startSecrets({ now: () => 1_800_000_000_250 })
  client = new SecretsManagerClient({
    endpoint: secrets.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCAL', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
})

afterAll(async () => {
  client.destroy()
  await secrets.close()
})

const get = (SecretId: string, more: { VersionId?: string; VersionStage?: string } = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }))

describe('GetSecretValue', () => {
  test('is answered by name, by ARN, and by ARN without its suffix', async () => {
    const arn = secrets.put('okta/key', 'one')
    for (const id of ['okta/key', arn, arn.slice(0, -7)]) {
      expect(await get(id)).toMatchObject({
        ARN: arn,
        Name: 'okta/key',
        SecretString: 'one',
        VersionStages: ['AWSCURRENT'],
        CreatedDate: new Date(1_800_000_000_250),
      })
    }
  })

  test('gives the version before as AWSPREVIOUS, and the one before that by its id only', async () => {
    const arn = secrets.put('rotated', 'first')
    const first = await get('rotated')
    secrets.put(arn, 'second')
    secrets.put('rotated', 'second')
    expect((await get('rotated')).SecretString).toBe('second')
    expect(await get('rotated', { VersionStage: 'AWSPREVIOUS' })).toMatchObject({
      SecretString: 'first',
      VersionId: first.VersionId,
      VersionStages: ['AWSPREVIOUS'],
    })
    secrets.put('rotated', 'third')
    expect((await get('rotated', { VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('second')
    expect((await get('rotated', { VersionId: first.VersionId! })).SecretString).toBe('first')
    await expect(get('rotated', { VersionId: first.VersionId!, VersionStage: 'AWSCURRENT' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
  })

  test('knows no other secrets and stages', async () => {
    secrets.put('known', 'x')
    const error = await get('unknown').catch((caught) => caught)
    expect(error).toBeInstanceOf(ResourceNotFoundException)
    expect(error.$metadata.httpStatusCode).toBe(400)
    expect(error.message).toBe("Secrets Manager can't find the specified secret.")
    await expect(get('known', { VersionStage: 'AWSPREVIOUS' })).rejects.toThrow('staging label: AWSPREVIOUS')
    await expect(get('known', { VersionId: 'v'.repeat(32) })).rejects.toBeInstanceOf(ResourceNotFoundException)
  })

  test('refuses what breaks the model', async () => {
    for (const [id, more] of [
      ['', {}],
      ['x'.repeat(2049), {}],
      ['known', { VersionId: 'short' }],
      ['known', { VersionStage: '' }],
      ['known', { VersionStage: 'x'.repeat(257) }],
    ] as const) {
      await expect(get(id, more)).rejects.toMatchObject({ name: 'ValidationException' })
    }
  })
})

test('Other operations, and requests that are not signed, are refused', async () => {
  await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' })
  const bare = await fetch(secrets.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
    body: '{"SecretId":"known"}',
  })
  expect(bare.status).toBe(400)
  expect(await bare.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' })
})

test('A body that is no JSON is refused', async () => {
  const signed = 'Credential=LOCAL/20270115/us-east-1/secretsmanager/aws4_request, SignedHeaders=host;x-amz-date'
  const answer = await fetch(secrets.url, {
    method: 'POST',
    headers: {
      'x-amz-target': 'secretsmanager.GetSecretValue',
      'x-amz-date': '20270115T080000Z',
      authorization: `AWS4-HMAC-SHA256 ${signed}, Signature=${'0'.repeat(64)}`,
    },
    body: '{',
  })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ __type: 'SerializationException' })
})

test('Every request counts, also while it is down', async () => {
  secrets.put('known', 'x')
  const before = secrets.calls
  secrets.faults.down = true
  await expect(get('known')).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } })
  secrets.faults.down = false
  expect((await get('known')).SecretString).toBe('x')
  expect(secrets.calls - before).toBe(2)
})
