import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'

/**
 * What the index `all` carries besides its keys, so that comparing every mirror with every ledger reads the index
 * alone. CloudFormation doesn't change a deployed index's projection: another name here needs an index of another name.
 */
export const ALL_INDEX_ATTRIBUTES: string[] = [
  // of a mirror
  ...['id', 'state', 'run', 'name', 'formerNames', 'digest', 'count', 'created', 'changes'],
  ...['changedSince', 'unreadSince'],
  // of a ledger
  ...['key', 'owner', 'ours', 'status', 'meant', 'doubt', 'refusal', 'holds', 'adjusted', 'drift', 'meantAt'],
  ...['setAside', 'behindSince'],
]

/**
 * The one table, as DynamoDB's CreateTable takes it; deployment and the local stand-in both read it here. `due` is
 * sparse and finds what is to be done (`dueAt` a number, as the writer of the row chose it); it carries keys only,
 * since what a put is decided on is read consistently from the row. `all` lists the rows of one `kind` by their `pk`.
 */
export function table(name: string): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'due', AttributeType: 'S' },
      { AttributeName: 'dueAt', AttributeType: 'N' },
      { AttributeName: 'kind', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'due',
        KeySchema: [
          { AttributeName: 'due', KeyType: 'HASH' },
          { AttributeName: 'dueAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
      {
        IndexName: 'all',
        KeySchema: [
          { AttributeName: 'kind', KeyType: 'HASH' },
          { AttributeName: 'pk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ALL_INDEX_ATTRIBUTES },
      },
    ],
  }
}
