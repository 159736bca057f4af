import type { DynamoDBDocumentClient, TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { Conflict } from '../sync/ports.ts'

type Item = Record<string, unknown>
type Also = NonNullable<TransactWriteCommandInput['TransactItems']>

/**
 * Writes a row, with other writes in one transaction if there are any. Throws Conflict unless the row is still at
 * `version`; 0 is a row that isn't there.
 */
export async function writeIfSame(
  client: DynamoDBDocumentClient,
  TableName: string,
  Item: Item,
  version: number,
  also: Also = [],
): Promise<void> {
  const put = putIfSame(TableName, Item, version)
  try {
    if (also.length === 0) await client.send(new PutCommand(put))
    else await client.send(new TransactWriteCommand({ TransactItems: [{ Put: put }, ...also] }))
  } catch (error) {
    throw isConflict(error)
      ? new Conflict(`row ${String(Item['pk'])} is not at version ${version} any more`, { cause: error })
      : error
  }
}

/** The write of a row that is to be still at `version`; 0 is a row that isn't there. */
export function putIfSame(TableName: string, Item: Item, version: number) {
  const condition =
    version === 0
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': version },
        }
  return { TableName, Item: { ...Item, version: version + 1 }, ...condition }
}

const LOST = ['ConditionalCheckFailed', 'TransactionConflict']

function isConflict(error: unknown): boolean {
  const { name, CancellationReasons } = error as { name?: string; CancellationReasons?: { Code?: string }[] }
  if (name === 'ConditionalCheckFailedException' || name === 'TransactionConflictException') return true
  return (
    name === 'TransactionCanceledException' && (CancellationReasons ?? []).some(({ Code }) => LOST.includes(Code ?? ''))
  )
}
