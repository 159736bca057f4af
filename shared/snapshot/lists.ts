import { gunzipSync, gzipSync } from 'node:zlib'
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { EMPTY } from '../membership/member-list.ts'
import type { Snapshot } from '../sync/ports.ts'
import { listKey } from './keys.ts'

/** A DynamoDB item holds 400 KB; this leaves room for its keys. */
const PART_SIZE = 350_000

/** Member lists, named by their content, written once and never changed. */
export function lists(client: DynamoDBDocumentClient, TableName: string): Pick<Snapshot, 'list' | 'putList'> {
  return {
    async list(digest) {
      if (digest === EMPTY) return []
      const first = await part(digest, 0)
      const rest = Array.from({ length: first.parts - 1 }, (_, index) => part(digest, index + 1))
      const data = Buffer.concat([first, ...(await Promise.all(rest))].map((item) => item.data))
      return gunzipSync(data).toString('utf8').split('\n')
    },

    async putList(digest, ids) {
      if (digest === EMPTY) return
      const data = gzipSync(ids.join('\n'))
      const parts = Math.ceil(data.length / PART_SIZE)
      // The first part goes last: where it is, the others are.
      for (let index = parts - 1; index >= 0; index--) {
        const Item = {
          ...listKey(digest, index),
          parts,
          data: data.subarray(index * PART_SIZE, (index + 1) * PART_SIZE),
        }
        await client.send(new PutCommand({ TableName, Item }))
      }
    },
  }

  async function part(digest: string, index: number): Promise<{ parts: number; data: Uint8Array }> {
    const { Item } = await client.send(new GetCommand({ TableName, Key: listKey(digest, index), ConsistentRead: true }))
    if (Item === undefined) {
      throw new Error(
        `part ${index} of member list ${digest} is not in the table ${TableName}; replay the group that names it`,
      )
    }
    return Item as { parts: number; data: Uint8Array }
  }
}
