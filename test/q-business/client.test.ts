import { afterAll, beforeAll, expect, test } from 'vitest'
import { type QBusiness, startQBusiness } from '../../local/q-business/server.ts'
import { qBusinessClient } from '../../shared/q-business/client.ts'
import { userStoreOf } from '../../shared/q-business/user-store.ts'

let q: QBusiness

beforeAll(async () => {
  q = await startQBusiness()
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'LOCAL',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_QBUSINESS: q.url,
  })
})
afterAll(() => q.close())

test('many requests side by side are answered', async () => {
  const client = qBusinessClient()
  const store = userStoreOf(client, { applicationId: q.applicationId, indexId: q.indexId })
  const names = Array.from({ length: 50 }, (_, index) => `group ${index}`)
  await Promise.all(names.map((name) => store.put(name, ['ann@example.com'], false)))
  await expect.poll(() => q.store.members('group 49')).toEqual(['ann@example.com'])
  expect(q.store.groupNames()).toHaveLength(50)
  client.destroy()
})

test('a request that is never answered is given up after five seconds', async () => {
  const client = qBusinessClient()
  const handler = client.config.requestHandler as unknown as { httpHandlerConfigs(): { requestTimeout?: number } }
  // The handler knows its configuration once it has been asked for something.
  await userStoreOf(client, { applicationId: q.applicationId, indexId: q.indexId }).status('group 1')
  expect(handler.httpHandlerConfigs().requestTimeout).toBe(5_000)
  client.destroy()
})
