import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import {
  conditionOf,
  type Index,
  type IndexQuery,
  type Item,
  type KeySchema,
  NotUnderstood,
  pageOf,
  projected,
} from './dynamodb-index-query.ts'
import { keyOf, Past, textOf, type Written, written } from './dynamodb-past.ts'

/** A DynamoDB whose indexes lag when told to. */
export interface LaggingDynamoDb {
  url: string
  /** How far the indexes lie behind, in ms of the clock; 0 is not at all. What was written while it was 0 doesn't lag. */
  lagMs: number
  close(): Promise<void>
}

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

interface Description {
  KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[]
  GlobalSecondaryIndexes?: (Pick<Description, 'KeySchema'> & {
    IndexName: string
    Projection: { ProjectionType: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; NonKeyAttributes?: string[] }
  })[]
}

/** Ways to write or to read an index that aren't kept track of. */
const REFUSED = ['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction']

/**
 * Stands before a DynamoDB and passes everything on, but answers a Query of an index from the state of `lagMs` ago: what
 * was written since is taken out of the real answer, and what was there before is put in (a write is preceded by a
 * consistent GetItem for that). So an item shows late, and one that no longer belongs there goes late, with its old attributes, as with
 * a global secondary index of DynamoDB's ("eventually consistent": its Developer Guide gives no bound).
 *
 * It asks with the headers of the request that it was sent, so the DynamoDB must be one that checks no signatures.
 * While it lags, writes are made one at a time, and what it can't answer truly is refused with ValidationException: other key conditions,
 * filters and projections, Scan of an index, PartiQL.
 */
export async function startLaggingDynamoDb(
  upstream: string,
  options: { lagMs?: number; now?: () => number } = {},
): Promise<LaggingDynamoDb> {
  const { now = Date.now } = options
  const past = new Past()
  const tables = new Map<string, Promise<Description>>()
  let writing: Promise<unknown> = Promise.resolve()

  const server = createServer(async (request, response) => {
    try {
      const { status, headers, body } = await answer(request, await buffer(request))
      response.writeHead(status, headers).end(body)
    } catch (error) {
      // The client sees a connection that ends, as it would without us.
      if (error instanceof NotUnderstood) response.writeHead(400, JSON_TYPE).end(refusal(error))
      else response.destroy()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const handle: LaggingDynamoDb = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lagMs: options.lagMs ?? 0,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return handle

  async function answer({ method = 'POST', url = '/', headers }: IncomingMessage, body: Buffer): Promise<Reply> {
    const pass = () => forward(upstream, method, url, headers, body)
    const operation = String(headers['x-amz-target']).split('.')[1] ?? ''
    past.forget(now() - handle.lagMs)
    if (handle.lagMs <= 0) return pass()
    if (REFUSED.includes(operation)) throw new NotUnderstood(operation)
    const asked = parsed(body)
    const isOfIndex = asked['IndexName'] !== undefined
    if (operation === 'Scan' && isOfIndex) throw new NotUnderstood('a Scan of an index')
    if (operation === 'Query' && isOfIndex) return query(headers, asked)
    const targets = written(operation, asked)
    if (!targets) return pass()
    const made = writing.then(() => write(headers, targets, pass))
    writing = made.catch(() => undefined)
    return made
  }

  async function write(headers: IncomingHttpHeaders, targets: Written[], pass: () => Promise<Reply>): Promise<Reply> {
    const begun = []
    for (const { table, given } of targets) {
      const key = keyOf(given, keysOf(await describe(headers, table)))
      const { Item: image } = await ask(headers, 'GetItem', { TableName: table, Key: key, ConsistentRead: true })
      begun.push(past.begin(table, key, image as Item | undefined))
    }
    try {
      return await pass()
    } finally {
      // Also one that was refused, or whose answer was lost: what was there before it was there in any case.
      for (const former of begun) past.end(former, now())
    }
  }

  async function query(headers: IncomingHttpHeaders, asked: IndexQuery & Record<string, unknown>): Promise<Reply> {
    const table = String(asked['TableName'])
    const index = indexOf(await describe(headers, table), String(asked['IndexName']))
    const condition = conditionOf(asked, index)
    // Before the real answer is asked for, so that nothing written in between is missing from both.
    const time = now() - handle.lagMs
    const { ExclusiveStartKey: _, Limit: __, ...whole } = asked
    const real = await all(headers, whole)
    const then = past.at(table, time)
    const untouched = real.filter((item) => !then.has(textOf(keyOf(item, index.table))))
    const former = [...then.values()].map((image) => projected(image, index)).filter((item) => item !== undefined)
    const page = pageOf([...untouched, ...former.filter(condition)], asked, index)
    return { status: 200, headers: JSON_TYPE, body: Buffer.from(JSON.stringify(page)) }
  }

  async function all(headers: IncomingHttpHeaders, whole: Record<string, unknown>): Promise<Item[]> {
    const items: Item[] = []
    let start: unknown
    do {
      const page = await ask(headers, 'Query', { ...whole, ...(start !== undefined && { ExclusiveStartKey: start }) })
      items.push(...(page['Items'] as Item[]))
      start = page['LastEvaluatedKey']
    } while (start !== undefined)
    return items
  }

  function describe(headers: IncomingHttpHeaders, table: string): Promise<Description> {
    let description = tables.get(table)
    if (!description) {
      description = ask(headers, 'DescribeTable', { TableName: table }).then(({ Table }) => Table as Description)
      description.catch(() => tables.delete(table))
      tables.set(table, description)
    }
    return description
  }

  async function ask(headers: IncomingHttpHeaders, operation: string, of: Record<string, unknown>) {
    const target = { ...headers, 'x-amz-target': `DynamoDB_20120810.${operation}` }
    const { status, body } = await forward(upstream, 'POST', '/', target, Buffer.from(JSON.stringify(of)))
    if (status !== 200) throw new NotUnderstood(`${operation}, to which the DynamoDB says: ${body}`)
    return parsed(body)
  }
}

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' }

async function forward(
  upstream: string,
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<Reply> {
  const sent = send(new URL(path, upstream), { method, headers: { ...headers, 'content-length': body.length } })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await buffer(answer) }
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString())
  } catch {
    // The DynamoDB says what is wrong with it.
    return {}
  }
}

function refusal({ message }: NotUnderstood): string {
  const __type = 'com.amazonaws.dynamodb.v20120810#ValidationException'
  return JSON.stringify({ __type, message: `The lagging index doesn’t understand ${message}.` })
}

function keysOf({ KeySchema }: Pick<Description, 'KeySchema'>): KeySchema {
  const named = (type: string) => KeySchema.find(({ KeyType }) => KeyType === type)?.AttributeName
  return { hash: named('HASH')!, range: named('RANGE') }
}

function indexOf(description: Description, name: string): Index {
  const found = description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === name)
  if (!found) throw new NotUnderstood(`the index ${name}, which the table doesn’t have`)
  const { ProjectionType, NonKeyAttributes = [] } = found.Projection
  return {
    ...keysOf(found),
    table: keysOf(description),
    attributes: ProjectionType === 'ALL' ? null : NonKeyAttributes,
  }
}
