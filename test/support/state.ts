import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import type { TestCloud } from './cloud.ts'

/** Everything that the stage has: every row of the table byte by byte, what the queues hold, and who is in which name. */
export async function stateOf(cloud: TestCloud): Promise<unknown> {
  const client = new DynamoDBClient()
  const rows: string[] = []
  for await (const { Items = [] } of paginateScan({ client }, { TableName: cloud.addresses.table })) {
    rows.push(...Items.map((item) => JSON.stringify(item, inOneOrder)))
  }
  client.destroy()
  const { store } = cloud.qbusiness
  return {
    rows: rows.sort(),
    queues: await Promise.all([cloud.addresses.hintQueue, cloud.addresses.nameQueue].map(cloud.messages)),
    names: store.groupNames().map((name) => [name, store.members(name), store.statuses(name)]),
  }
}

/** A database gives the keys of a map in any order. */
function inOneOrder(_: string, value: unknown): unknown {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value
}
