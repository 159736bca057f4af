import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sts, startSts } from '../../local/sts/server.ts'

let sts: Sts
const clientOf = (accessKeyId: string, region = 'us-east-1') =>
  new STSClient({ endpoint: sts.url, region, credentials: { accessKeyId, secretAccessKey: 'x' }, maxAttempts: 1 })

beforeAll(async () => {
  sts = await startSts()
})
afterAll(() => sts.close())

test('who signs is the user of the access key', async () => {
  const { Arn, Account, UserId } = await clientOf('local').send(new GetCallerIdentityCommand())
  expect({ Arn, Account, UserId }).toEqual({
    ...{ Arn: 'arn:aws:iam::000000000000:user/local', Account: '000000000000', UserId: 'local' },
  })
})

test('what is not signed, or for another region, is refused', async () => {
  await expect(clientOf('local', 'eu-west-1').send(new GetCallerIdentityCommand())).rejects.toThrow(/valid region/)
  const unsigned = await fetch(sts.url, { method: 'POST', body: 'Action=GetCallerIdentity&Version=2011-06-15' })
  expect(unsigned.status).toBe(403)
  expect(await unsigned.text()).toContain('<Code>MissingAuthenticationTokenException</Code>')
})

test('another operation is refused', async () => {
  await expect(clientOf('local').send(new GetSessionTokenCommand())).rejects.toMatchObject({ name: 'InvalidAction' })
})
