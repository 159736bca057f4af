import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { table } from '../../infra/table.ts'
import { createTable, type LocalDynamoDb, startDynamoDb } from '../../local/dynamodb.ts'
import { type LaggingDynamoDb, startLaggingDynamoDb } from '../../local/lagging-dynamodb.ts'

const LAG = 5000

let db: LocalDynamoDb
let lagging: LaggingDynamoDb
let client: DynamoDBClient
let direct: DynamoDBClient
let time = 1_800_000_000_000
/** Whether time passes by itself. */
let ticking = false
let TableName = ''
let count = 0

beforeAll(async () => {
  db = await startDynamoDb()
  lagging = await startLaggingDynamoDb(db.url, { now: () => (ticking ? time++ : time) })
  const clientOf = (endpoint: string) =>
    new DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    })
  client = clientOf(lagging.url)
  direct = clientOf(db.url)
})
afterAll(async () => {
  client.destroy()
  direct.destroy()
  await lagging.close()
  await db.close()
})
beforeEach(async () => {
  lagging.lagMs = 0
  TableName = `sync-${++count}`
  await createTable(db.url, TableName)
})

const row = (pk: string, dueAt?: number, more = {}) => ({
  pk: { S: pk },
  sk: { S: '-' },
  kind: { S: 'GROUP' },
  ...(dueAt !== undefined && { due: { S: 'DUE' }, dueAt: { N: String(dueAt) } }),
  ...more,
})
const key = (pk: string) => ({ pk: { S: pk }, sk: { S: '-' } })
const put = (...args: Parameters<typeof row>) => client.send(new PutItemCommand({ TableName, Item: row(...args) }))
const dueQuery = (more: Partial<QueryCommandInput> = {}): QueryCommandInput => ({
  TableName,
  IndexName: 'due',
  KeyConditionExpression: 'due = :due AND dueAt <= :now',
  ExpressionAttributeValues: { ':due': { S: 'DUE' }, ':now': { N: '100' } },
  ...more,
})
async function due(more: Partial<QueryCommandInput> = {}, by = client) {
  const { Items = [], Count } = await by.send(new QueryCommand(dueQuery(more)))
  expect(Count).toBe(Items.length)
  return Items.map((item) => `${item['pk']?.S} ${item['dueAt']?.N}`)
}
const all = async (by = client) => {
  const query = {
    TableName,
    IndexName: 'all',
    KeyConditionExpression: 'kind = :kind',
    ExpressionAttributeValues: { ':kind': { S: 'GROUP' } },
  }
  return (await by.send(new QueryCommand(query))).Items ?? []
}

test('without a lag everything is passed on as it is', async () => {
  await put('a', 10)
  expect(await due()).toEqual(['a 10'])
  expect(await all()).toEqual(await all(direct))
  const refused = put('', 1)
  await expect(refused).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(client.send(new CreateTableCommand(table(TableName)))).rejects.toMatchObject({
    name: 'ResourceInUseException',
  })
})

describe('with a lag', () => {
  beforeEach(async () => {
    await put('old', 10, { name: { S: 'before' } })
    lagging.lagMs = LAG
  })

  test('what is new shows late, and the table itself at once', async () => {
    await put('new', 20)
    expect(await due()).toEqual(['old 10'])
    expect((await client.send(new GetItemCommand({ TableName, Key: key('new') }))).Item).toEqual(row('new', 20))
    time += LAG - 1
    expect(await due()).toEqual(['old 10'])
    time += 1
    expect(await due()).toEqual(['old 10', 'new 20'])
  })

  test('what is gone goes late, by DeleteItem or by what is due no more', async () => {
    await put('other', 20)
    time += LAG
    await client.send(new DeleteItemCommand({ TableName, Key: key('old') }))
    await client.send(new UpdateItemCommand({ TableName, Key: key('other'), UpdateExpression: 'REMOVE due, dueAt' }))
    expect(await due()).toEqual(['old 10', 'other 20'])
    expect(await due({}, direct)).toEqual([])
    time += LAG
    expect(await due()).toEqual([])
  })

  test('what has changed shows as it was, in the place where it was, with what the index carries', async () => {
    await put('old', 200, { name: { S: 'after' }, secret: { S: 'x' } })
    expect(await due()).toEqual(['old 10'])
    const carried = { kind: { S: 'GROUP' }, ...key('old') }
    expect(await all()).toEqual([{ ...carried, name: { S: 'before' } }])
    expect((await client.send(new QueryCommand(dueQuery()))).Items).toEqual([
      { ...key('old'), due: { S: 'DUE' }, dueAt: { N: '10' } },
    ])
    time += LAG
    expect(await due()).toEqual([])
    expect(await all()).toEqual([{ ...carried, name: { S: 'after' } }])
  })

  test('of several changes each shows in its time', async () => {
    for (const dueAt of [20, 30, 40]) {
      await put('old', dueAt)
      time += 1000
    }
    time += LAG - 3000
    expect(await due()).toEqual(['old 20'])
    time += 1000
    expect(await due()).toEqual(['old 30'])
    lagging.lagMs = 0
    expect(await due()).toEqual(['old 40'])
  })

  test('transactions and batches lag, too; what they refuse changes nothing', async () => {
    const refused = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: row('old', 20) } },
          { ConditionCheck: { TableName, Key: key('none'), ConditionExpression: 'attribute_exists(pk)' } },
        ],
      }),
    )
    await expect(refused).rejects.toMatchObject({ name: 'TransactionCanceledException' })
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: row('put', 20) } },
          {
            Update: {
              TableName,
              Key: key('old'),
              UpdateExpression: 'SET dueAt = :at',
              ExpressionAttributeValues: { ':at': { N: '30' } },
            },
          },
          { Delete: { TableName, Key: key('none') } },
        ],
      }),
    )
    await client.send(
      new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: row('batch', 25) } }] } }),
    )
    expect(await due()).toEqual(['old 10'])
    time += LAG
    expect(await due()).toEqual(['put 20', 'batch 25', 'old 30'])
  })

  test('a write that fails its condition is not taken for one', async () => {
    const failing = new PutItemCommand({
      TableName,
      Item: row('old', 20),
      ConditionExpression: 'attribute_not_exists(pk)',
    })
    await expect(client.send(failing)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' })
    await client.send(new DeleteItemCommand({ TableName, Key: key('old') }))
    time += LAG
    expect(await due()).toEqual([])
  })

  test('pages go on where they were, in both directions', async () => {
    for (const pk of ['e', 'd', 'c', 'b']) await put(pk, 10)
    await put('first', 9)
    time += LAG
    await put('b', 50)
    await client.send(new DeleteItemCommand({ TableName, Key: key('d') }))
    const pagesOf = async (more: Partial<QueryCommandInput>) => {
      const pages: string[][] = []
      let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey']
      do {
        const page = await client.send(new QueryCommand(dueQuery({ Limit: 2, ExclusiveStartKey, ...more })))
        pages.push(page.Items!.map((item) => item['pk']!.S!))
        ExclusiveStartKey = page.LastEvaluatedKey
      } while (ExclusiveStartKey)
      return pages
    }
    expect(await pagesOf({})).toEqual([
      ['first', 'b'],
      ['c', 'd'],
      ['e', 'old'],
    ])
    expect(await pagesOf({ ScanIndexForward: false })).toEqual([
      ['old', 'e'],
      ['d', 'c'],
      ['b', 'first'],
    ])
  })

  test('writes at once to one item show one after another', async () => {
    const began = time
    ticking = true
    await Promise.all([20, 30, 40].map((dueAt) => put('old', dueAt)))
    ticking = false
    const seen = new Set<string>()
    for (const end = time + LAG; time < end; time++) {
      if (time - LAG >= began) for (const each of await due()) seen.add(each)
      else time = began + LAG
    }
    expect([...seen].sort()).toEqual(['old 10', 'old 20', 'old 30', 'old 40'])
  })

  test('what lacks a key of the index is not in it', async () => {
    await put('half', undefined, { due: { S: 'DUE' } })
    time += LAG
    await client.send(new DeleteItemCommand({ TableName, Key: key('half') }))
    expect(
      await due({ KeyConditionExpression: 'due = :due', ExpressionAttributeValues: { ':due': { S: 'DUE' } } }),
    ).toEqual(['old 10'])
  })

  test('a page ends after a megabyte', async () => {
    for (const pk of ['a', 'b', 'c']) await put(pk, undefined, { formerNames: { S: 'x'.repeat(390_000) } })
    time += LAG
    const query = {
      TableName,
      IndexName: 'all',
      KeyConditionExpression: 'kind = :kind',
      ExpressionAttributeValues: { ':kind': { S: 'GROUP' } },
    }
    const { Items, LastEvaluatedKey } = await client.send(new QueryCommand(query))
    expect(Items?.map(({ pk }) => pk?.S)).toEqual(['a', 'b'])
    const rest = await client.send(new QueryCommand({ ...query, ExclusiveStartKey: LastEvaluatedKey }))
    expect(rest.Items?.map(({ pk }) => pk?.S)).toEqual(['c', 'old'])
    expect(rest.LastEvaluatedKey).toBeUndefined()
  })

  test('names by # and other comparisons are understood', async () => {
    const ExpressionAttributeNames = { '#at': 'dueAt' }
    const at = (operator: string) =>
      due({ KeyConditionExpression: `due = :due and #at ${operator} :now`, ExpressionAttributeNames })
    await put('exact', 100)
    await put('later', 101)
    time += LAG
    await put('exact', 1)
    await put('later', 1)
    expect(await at('<')).toEqual(['old 10'])
    expect(await at('<=')).toEqual(['old 10', 'exact 100'])
    expect(await at('=')).toEqual(['exact 100'])
    expect(await at('>=')).toEqual(['exact 100', 'later 101'])
    expect(await at('>')).toEqual(['later 101'])
  })

  test('what cannot be answered truly is refused, and says so', async () => {
    const refusals: [string, () => Promise<unknown>][] = [
      ['BETWEEN', () => due({ KeyConditionExpression: 'due = :due AND dueAt BETWEEN :now AND :now' })],
      ['FilterExpression', () => due({ FilterExpression: 'attribute_exists(pk)' })],
      ['ProjectionExpression', () => due({ ProjectionExpression: 'pk' })],
      ['Select', () => due({ Select: 'COUNT' })],
      ['Scan', () => client.send(new ScanCommand({ TableName, IndexName: 'due' }))],
      [
        'ExecuteStatement',
        () => client.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TableName}"` })),
      ],
      ['the index none', () => due({ IndexName: 'none' })],
    ]
    for (const [what, refused] of refusals)
      await expect(refused(), what).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(new RegExp(`^The lagging index doesn’t understand .*${what}`)),
      })
  })

  test('a Query of the table, and what asks for no index, is not touched', async () => {
    await put('old', 20)
    const query = { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'old' } } }
    const { Items } = await client.send(new QueryCommand({ ...query, ConsistentRead: true }))
    expect(Items).toEqual([row('old', 20)])
    expect((await client.send(new ScanCommand({ TableName }))).Count).toBe(1)
  })
})
