import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Snapshot } from '../sync/ports.ts'
import { decisions } from './decisions.ts'
import { ledgers } from './ledgers.ts'
import { lists } from './lists.ts'
import { log } from './log.ts'
import { mirrors } from './mirrors.ts'
import { work } from './work.ts'

/** The snapshot in one DynamoDB table. `historyDays` is how long change records are kept. */
export function snapshotIn(client: DynamoDBClient, table: string, historyDays: number): Snapshot {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
  return {
    ...mirrors(documents, table),
    ...ledgers(documents, table, historyDays),
    ...decisions(documents, table),
    ...lists(documents, table),
    ...log(documents, table),
    ...work(documents, table),
  }
}
