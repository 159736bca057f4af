import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { DELIVERIES_KNOWN } from '../sync/deliveries.ts'
import type { Snapshot } from '../sync/ports.ts'
import type { LogCursor, MissingEvent } from '../sync/rows.ts'
import { cursorKey, dueAttributes, eventKey } from './keys.ts'
import { withoutKeys } from './without-keys.ts'
import { writeIfSame } from './write-if-same.ts'

/** What of the snapshot is here. */
export type OfLog = 'cursor' | 'putCursor' | 'isDelivered' | 'noteDelivered' | 'noteMissing' | 'takeForLost'

/** The place in the System Log, and which of its events were delivered. */
export function log(client: DynamoDBDocumentClient, TableName: string): Pick<Snapshot, OfLog> {
  return {
    async cursor() {
      const { Item } = await client.send(new GetCommand({ TableName, Key: cursorKey, ConsistentRead: true }))
      return Item === undefined ? null : withoutKeys<LogCursor>(Item)
    },

    async putCursor(cursor) {
      await writeIfSame(client, TableName, { ...cursor, ...cursorKey }, cursor.version)
      return { ...cursor, version: cursor.version + 1 }
    },

    async isDelivered(uuid) {
      const Key = eventKey(uuid)
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))
      return Item?.['deliveredAt'] !== undefined
    },

    async noteDelivered(uuid, sentAt) {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key: eventKey(uuid),
          UpdateExpression: 'SET deliveredAt = :sentAt, expiresAt = :expiresAt REMOVE due, dueAt',
          ExpressionAttributeValues: { ':sentAt': sentAt, ':expiresAt': expiryOf(sentAt) },
          ReturnValues: 'ALL_OLD',
        }),
      )
      return missingIn(Attributes)
    },

    async noteMissing(event, dueAt) {
      const Item = { ...event, ...eventKey(event.uuid), ...dueAttributes(dueAt), expiresAt: expiryOf(event.published) }
      const put = new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' })
      return (await ifSo(client.send(put))) !== null
    },

    async takeForLost(uuid) {
      const update = new UpdateCommand({
        TableName,
        Key: eventKey(uuid),
        UpdateExpression: 'SET isLost = :true REMOVE due, dueAt',
        ConditionExpression: 'attribute_exists(dueAt)',
        ExpressionAttributeValues: { ':true': true },
        ReturnValues: 'ALL_OLD',
      })
      return missingIn((await ifSo(client.send(update)))?.Attributes)
    },
  }
}

/** The event of a row that says it is missing. */
function missingIn(row: Record<string, unknown> | undefined): MissingEvent | null {
  if (row?.['dueAt'] === undefined) return null
  const { version, expiresAt, ...event } = withoutKeys<MissingEvent & Record<string, unknown>>(row)
  return event
}

/** When a row goes, epoch seconds as DynamoDB wants it. */
function expiryOf(at: number): number {
  return Math.ceil((at + DELIVERIES_KNOWN) / 1000)
}

/** What a conditional write answers; null where its condition isn't met. */
async function ifSo<T>(write: Promise<T>): Promise<T | null> {
  try {
    return await write
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return null
    throw error
  }
}
