import { expect, test } from 'vitest'
import { startCloud } from '../../local/cloud.ts'
import { startQueues } from '../../local/queues.ts'

test('an SQS that the environment names takes the place of the own one, and gets the queues', async () => {
  const other = await startQueues()
  process.env['AWS_ENDPOINT_URL_SQS'] = other.url
  const cloud = await startCloud({ schedules: false, pollers: false })
  expect(cloud.addresses.sqs).toBe(other.url)
  await cloud.close()
  expect(process.env['AWS_ENDPOINT_URL_SQS']).toBe(other.url)
  await other.close()
})
