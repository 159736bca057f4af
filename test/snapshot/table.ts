import { DynamoDBClient, type QueryCommandInput } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { createTable, startDynamoDb } from '../../local/dynamodb.ts'
import { snapshotIn } from '../../shared/snapshot/snapshot.ts'

const TABLE = 'sync'
export const HISTORY_DAYS = 400

/** The project's table in a DynamoDB of its own, and the snapshot in it. */
export async function openTable() {
  const db = await startDynamoDb()
  await createTable(db.url, TABLE)
  const clients: DynamoDBClient[] = []
  const clientOf = (endpoint: string) => {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
    clients.push(client)
    return client
  }
  const documents = DynamoDBDocumentClient.from(clientOf(db.url))
  return {
    snapshot: snapshotIn(clientOf(db.url), TABLE, HISTORY_DAYS),
    /** The same table with one item a page; DynamoDB gives up to 1 MB. */
    paged: snapshotIn(oneItemAPage(clientOf(db.url)), TABLE, HISTORY_DAYS),
    /** A snapshot in whatever answers at an address. */
    snapshotAt: (url: string) => snapshotIn(clientOf(url), TABLE, HISTORY_DAYS),
    /** Every row of a partition, as it is stored. */
    async rows(pk: string): Promise<Record<string, unknown>[]> {
      const condition = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } }
      return (await documents.send(new QueryCommand({ TableName: TABLE, ...condition }))).Items ?? []
    },
    async close() {
      for (const each of clients) each.destroy()
      await db.close()
    },
  }
}

function oneItemAPage(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const input = args.input as QueryCommandInput
        return next(commandName === QueryCommand.name ? { ...args, input: { ...input, Limit: 1 } as never } : args)
      },
    { step: 'initialize', name: 'one item a page' },
  )
  return client
}

/** All that an iteration gives, page by page. */
export async function pagesOf<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(page)
  return all
}
