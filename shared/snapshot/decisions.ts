import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { Snapshot } from '../sync/ports.ts'
import type { DecisionRecord } from '../sync/records.ts'
import { decisionKey } from './keys.ts'
import { ledgerItem } from './ledgers.ts'
import { withoutKeys } from './without-keys.ts'
import { writeIfSame } from './write-if-same.ts'

/** What people decided about names, with the ledgers that carry it out. */
export function decisions(client: DynamoDBDocumentClient, TableName: string): Pick<Snapshot, 'decide' | 'decisions'> {
  return {
    async decide(ledger, decision) {
      await writeIfSame(client, TableName, ledgerItem(ledger), ledger.version, [decisionPut(TableName, decision)])
      return { ...ledger, version: ledger.version + 1 }
    },

    async decisions(key) {
      const { pk, sk } = decisionKey({ name: key }, '')
      const condition = {
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
      }
      const records: DecisionRecord[] = []
      for (let ExclusiveStartKey: Record<string, unknown> | undefined; ; ) {
        const page = await client.send(new QueryCommand({ TableName, ...condition, ExclusiveStartKey }))
        records.push(...(page.Items ?? []).map((item) => withoutKeys<DecisionRecord>(item)))
        if (page.LastEvaluatedKey === undefined) return records
        ExclusiveStartKey = page.LastEvaluatedKey
      }
    },
  }
}

/** The write of a decision, for the transaction of what it changes. */
export function decisionPut(TableName: string, decision: DecisionRecord) {
  return { Put: { TableName, Item: { ...decision, ...decisionKey(decision.about, decision.id) } } }
}
