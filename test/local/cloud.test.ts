import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { GetApplicationCommand, QBusinessClient } from '@aws-sdk/client-qbusiness'
import { expect, test } from 'vitest'
import { startCloud } from '../../local/cloud.ts'
import { startDynamoDb } from '../../local/dynamodb.ts'

const QUIET = { schedules: false, pollers: false }

test('the parts that are started are told to misbehave at one address, and indexes lag when told to', async () => {
  const cloud = await startCloud({ ...QUIET, indexLagMs: 0 })
  const { table, dynamodb } = cloud.addresses
  expect([cloud.dynamodb?.url, process.env['AWS_ENDPOINT_URL_DYNAMODB']]).toEqual([dynamodb, dynamodb])
  const { paths } = JSON.parse(await (await fetch(cloud.control)).text())
  expect([...new Set(paths.map((path: string) => path.split('/')[1]))]).toEqual([
    'okta',
    'qbusiness',
    'secrets',
    'dynamodb',
  ])

  const client = new DynamoDBClient({ endpoint: dynamodb })
  const body = JSON.stringify({ indexLagMs: 60_000 })
  await fetch(`${cloud.control}/dynamodb/switches`, { method: 'PATCH', body })
  const Item = { pk: { S: 'GROUP#1' }, sk: { S: '-' }, kind: { S: 'GROUP' } }
  await client.send(new PutItemCommand({ TableName: table, Item }))
  const found = async () => {
    const KeyConditionExpression = 'kind = :kind'
    const ExpressionAttributeValues = { ':kind': { S: 'GROUP' } }
    const query = { TableName: table, IndexName: 'all', KeyConditionExpression, ExpressionAttributeValues }
    return (await client.send(new QueryCommand(query))).Count
  }
  expect(await found()).toBe(0)
  cloud.dynamodb!.lagMs = 0
  expect(await found()).toBe(1)
  client.destroy()
  await cloud.close()
  expect(process.env['AWS_ENDPOINT_URL_DYNAMODB']).toBeUndefined()
})

test('a DynamoDB of one’s own lags, too, and is in the environment again afterwards', async () => {
  const own = await startDynamoDb()
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = own.url
  const cloud = await startCloud({ ...QUIET, indexLagMs: 5 })
  expect([cloud.dynamodb?.lagMs, process.env['AWS_ENDPOINT_URL_DYNAMODB']]).toEqual([5, cloud.dynamodb?.url])
  await cloud.close()
  expect(process.env['AWS_ENDPOINT_URL_DYNAMODB']).toBe(own.url)
  delete process.env['AWS_ENDPOINT_URL_DYNAMODB']
  await own.close()
})

test('nothing stands before the DynamoDB unless asked for; a region of one’s own is signed for', async () => {
  const before = process.env['AWS_REGION']
  process.env['AWS_REGION'] = 'eu-west-1'
  const cloud = await startCloud(QUIET)
  expect(cloud.dynamodb).toBeNull()
  const { applicationId, qbusiness: endpoint } = cloud.addresses
  const here = new QBusinessClient({ endpoint })
  expect((await here.send(new GetApplicationCommand({ applicationId }))).applicationId).toBe(applicationId)
  const elsewhere = new QBusinessClient({ endpoint, region: 'us-east-1' })
  await expect(elsewhere.send(new GetApplicationCommand({ applicationId }))).rejects.toMatchObject({
    name: 'IncompleteSignatureException',
  })
  for (const client of [here, elsewhere]) client.destroy()
  await cloud.close()
  if (before === undefined) delete process.env['AWS_REGION']
  else process.env['AWS_REGION'] = before
})
