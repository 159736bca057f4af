import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ALL_INDEX_ATTRIBUTES } from '../../infra/table.ts'
import { createTable, type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts'

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
const clientOf = (url: string) =>
  new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 })
const answers = (url: string) =>
  fetch(url, { method: 'POST' }).then(
    () => true,
    () => false,
  )

describe('a DynamoDB in memory', () => {
  let db: LocalDynamoDb
  let client: DynamoDBClient
  beforeAll(async () => {
    db = await startDynamoDb()
    client = clientOf(db.url)
    await createTable(db.url, 'sync')
  })
  afterAll(async () => {
    client.destroy()
    await db.close()
  })

  test('listens on 127.0.0.1 only, and has the project’s table, active', async () => {
    expect(new URL(db.url).hostname).toBe('127.0.0.1')
    expect(await answers(db.url.replace('127.0.0.1', '127.0.0.2'))).toBe(false)
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'sync' }))
    expect(Table?.TableStatus).toBe('ACTIVE')
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(['all', 'due'])
  })

  test('finds what is due in order, and rows without dueAt not at all', async () => {
    const put = (pk: string, dueAt?: number) =>
      client.send(
        new PutItemCommand({
          TableName: 'sync',
          Item: {
            pk: { S: pk },
            sk: { S: '-' },
            name: { S: 'Finance' },
            ...(dueAt && { due: { S: 'due' }, dueAt: { N: String(dueAt) } }),
          },
        }),
      )
    await Promise.all([put('late', 300), put('soon', 100), put('later', 500), put('never')])
    const { Items } = await client.send(
      new QueryCommand({
        TableName: 'sync',
        IndexName: 'due',
        KeyConditionExpression: 'due = :due AND dueAt <= :now',
        ExpressionAttributeValues: { ':due': { S: 'due' }, ':now': { N: '400' } },
      }),
    )
    expect(Items?.map((item) => item['pk']?.S)).toEqual(['soon', 'late'])
    expect(Items?.[0]).not.toHaveProperty('name')
  })

  test('lists a kind by pk, with the attributes that index carries', async () => {
    const carried = Object.fromEntries(ALL_INDEX_ATTRIBUTES.map((name) => [name, { S: `the ${name}` }]))
    const item = { kind: { S: 'NAME' }, ...carried, 'no such attribute': { S: 'x' } }
    for (const [pk, sk] of Object.entries({ 'NAME#b': '1', 'NAME#a': '2' })) {
      await client.send(new PutItemCommand({ TableName: 'sync', Item: { ...item, pk: { S: pk }, sk: { S: sk } } }))
    }
    const { Items } = await client.send(
      new QueryCommand({
        TableName: 'sync',
        IndexName: 'all',
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': { S: 'NAME' } },
      }),
    )
    expect(Items?.map((found) => found['pk']?.S)).toEqual(['NAME#a', 'NAME#b'])
    expect(Items?.[0]).toEqual({ kind: { S: 'NAME' }, pk: { S: 'NAME#a' }, sk: { S: '2' }, ...carried })
  })
})

test('a file keeps rows across a restart, and creating the table again changes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-'))
  const dbPath = join(folder, 'table.db')
  const key = { pk: { S: 'GROUP#1' }, sk: { S: '-' } }
  const first = await startDynamoDb({ dbPath })
  await createTable(first.url, 'sync')
  const writer = clientOf(first.url)
  await writer.send(new PutItemCommand({ TableName: 'sync', Item: { ...key, name: { S: 'Finance' } } }))
  writer.destroy()
  await first.close()
  expect(await answers(first.url)).toBe(false)

  const second = await startDynamoDb({ dbPath })
  await createTable(second.url, 'sync')
  const reader = clientOf(second.url)
  const { Item } = await reader.send(new GetItemCommand({ TableName: 'sync', Key: key }))
  expect(Item?.['name']?.S).toBe('Finance')
  reader.destroy()
  await second.close()
  rmSync(folder, { recursive: true })
})

test('where dynoxide isn’t installed, the error says what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'))
  const root = join(import.meta.dirname, '../..')
  for (const name of ['local', 'infra', 'node_modules']) mkdirSync(join(folder, name))
  for (const file of ['local/dynamodb.ts', 'local/credentials.ts', 'infra/table.ts'])
    cpSync(join(root, file), join(folder, file))
  symlinkSync(join(root, 'node_modules/@aws-sdk'), join(folder, 'node_modules/@aws-sdk'))
  const { startDynamoDb: start } = (await import(join(folder, 'local/dynamodb.ts'))) as {
    startDynamoDb: typeof startDynamoDb
  }
  await expect(start()).rejects.toThrow(/set AWS_ENDPOINT_URL_DYNAMODB to its address/)
  rmSync(folder, { recursive: true })
})

test('close() twice is as good as once', async () => {
  const db = await startDynamoDb()
  await db.close()
  await db.close()
})

describe('a process that forgets to close', () => {
  const started = new URL('../../local/dynamodb.ts', import.meta.url).href
  const children: ChildProcess[] = []
  const child = (then: string) => {
    const say = `console.log((await startDynamoDb()).url)`
    const program = `const { startDynamoDb } = await import(${JSON.stringify(started)}); ${say}; ${then}`
    const forked = spawn(process.execPath, ['--input-type=module', '--eval', program])
    children.push(forked)
    return forked
  }
  afterAll(() => {
    for (const forked of children) forked.kill('SIGKILL')
  })

  test('isn’t kept alive, and takes the database with it', async () => {
    const forgetful = child('')
    const [line] = await once(forgetful.stdout, 'data')
    const [code] = await once(forgetful, 'exit')
    expect(code).toBe(0)
    await expect.poll(() => answers(String(line).trim())).toBe(false)
  })

  test('takes it when it is terminated, too', async () => {
    const endless = child('setInterval(() => {}, 1000)')
    const [line] = await once(endless.stdout, 'data')
    expect(await answers(String(line).trim())).toBe(true)
    endless.kill('SIGTERM')
    const [, signal] = await once(endless, 'exit')
    expect(signal).toBe('SIGTERM')
    await expect.poll(() => answers(String(line).trim())).toBe(false)
  })
})
