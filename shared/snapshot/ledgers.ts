import { type DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Budget } from '../membership/budget.ts'
import { type Ledger, noLedger } from '../membership/ledger.ts'
import { type Mirror, unread } from '../membership/mirror.ts'
import { ledgerDueAt } from '../membership/plan.ts'
import { BudgetTaken, Conflict, type Snapshot } from '../sync/ports.ts'
import type { Change } from '../sync/records.ts'
import { bearerKey, budgetKey, changeKey, dueAttributes, ledgerKey, mirrorKey } from './keys.ts'
import { withoutKeys } from './without-keys.ts'
import { putIfSame, writeIfSame } from './write-if-same.ts'

const DAY = 86_400

/** Outcomes after which nothing more comes of a put: whoever says another later has asked about a put over it. */
export const FINAL = ['confirmed', 'failed'] as const

/** Ledgers with their change records, and who bears a name. `historyDays` is how long change records are kept. */
export function ledgers(
  client: DynamoDBDocumentClient,
  TableName: string,
  historyDays: number,
): Pick<Snapshot, 'name' | 'putLedger' | 'putOutcome'> {
  return {
    async name(key) {
      const [row, ids] = await Promise.all([
        client.send(new GetCommand({ TableName, Key: ledgerKey(key), ConsistentRead: true })),
        bearers(key),
      ])
      const rows = await Promise.all(
        ids.map((id) => client.send(new GetCommand({ TableName, Key: mirrorKey(id), ConsistentRead: true }))),
      )
      return {
        ledger: { ...noLedger(key), ...withoutKeys<Partial<Ledger>>(row.Item ?? {}) },
        bearers: rows.flatMap(({ Item }) =>
          Item === undefined ? [] : [{ ...unread(Item['id'] as string), ...withoutKeys<Partial<Mirror>>(Item) }],
        ),
      }
    },

    async putLedger(ledger, change, budget) {
      const record = change === undefined ? [] : [{ Put: { TableName, Item: changeItem(change) } }]
      const spent = budget === undefined ? [] : [{ Put: budgetPut(budget) }]
      try {
        await writeIfSame(client, TableName, ledgerItem(ledger), ledger.version, [...record, ...spent])
      } catch (error) {
        throw budget !== undefined && isOfOthers(error) ? new BudgetTaken('spent by another', { cause: error }) : error
      }
      return { ...ledger, version: ledger.version + 1 }
    },

    async putOutcome(key, changeId, { outcome, requestId, at }) {
      const request = requestId === undefined ? {} : { ':requestId': requestId }
      const [confirmed, failed] = FINAL
      const update = new UpdateCommand({
        TableName,
        Key: changeKey(key, changeId),
        UpdateExpression: `SET outcome = :outcome, ${outcome}At = :at${requestId === undefined ? '' : ', requestId = :requestId'}`,
        ConditionExpression: 'attribute_not_exists(outcome) OR NOT outcome IN (:confirmed, :failed)',
        ExpressionAttributeValues: {
          ':outcome': outcome,
          ':at': at,
          ':confirmed': confirmed,
          ':failed': failed,
          ...request,
        },
      })
      await client.send(update).catch((error: Error) => {
        if (error.name !== 'ConditionalCheckFailedException') throw error
      })
    },
  }

  async function bearers(key: string): Promise<string[]> {
    const { pk, sk } = bearerKey(key, '')
    const ids: string[] = []
    for (let ExclusiveStartKey: Record<string, unknown> | undefined; ; ) {
      const page = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
          ExpressionAttributeValues: { ':pk': pk, ':sk': sk },
          ExclusiveStartKey,
        }),
      )
      ids.push(...(page.Items ?? []).map(({ id }) => id as string))
      if (page.LastEvaluatedKey === undefined) return ids
      ExclusiveStartKey = page.LastEvaluatedKey
    }
  }

  function budgetPut(budget: Budget) {
    return putIfSame(TableName, { ...budget, ...budgetKey }, budget.version)
  }

  function changeItem(change: Change): Record<string, unknown> {
    const expiresAt = Math.floor(change.at / 1000) + historyDays * DAY
    return { ...change, ...changeKey(change.key, change.id), outcome: 'intended', expiresAt }
  }
}

/** A ledger as it stands in the table, but for its next version. */
export function ledgerItem(ledger: Ledger): Record<string, unknown> {
  return { ...ledger, ...ledgerKey(ledger.key), kind: 'NAME', ...dueAttributes(ledgerDueAt(ledger), ledger.setAside) }
}

/** Whether a transaction was lost by what was written with the row, and not by the row itself. */
function isOfOthers(error: unknown): boolean {
  const cause = error instanceof Conflict ? (error.cause as { CancellationReasons?: { Code?: string }[] }) : {}
  return cause.CancellationReasons?.[0]?.Code === 'None'
}
