import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { changedSince, unreadSince } from '../membership/behind.ts'
import { type Mirror, mirrorDueAt, namesBorne, unread } from '../membership/mirror.ts'
import type { Snapshot } from '../sync/ports.ts'
import { bearerKey, dueAttributes, mirrorKey } from './keys.ts'
import { ledgerItem } from './ledgers.ts'
import { withoutKeys } from './without-keys.ts'
import { putIfSame, writeIfSame } from './write-if-same.ts'

/** Mirrors, and who bears which names, written with them. */
export function mirrors(client: DynamoDBDocumentClient, TableName: string): Pick<Snapshot, 'mirror' | 'putMirror'> {
  return {
    async mirror(id) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: mirrorKey(id), ConsistentRead: true }))
      return Item === undefined ? null : { ...unread(id), ...withoutKeys<Partial<Mirror>>(Item) }
    },

    async putMirror(before, after, held = []) {
      const [had, has] = [namesBorne(before), namesBorne(after)]
      const puts = has
        .filter((key) => !had.includes(key))
        .map((key) => ({ Put: { TableName, Item: { ...bearerKey(key, after.id), id: after.id } } }))
      const deletes = had
        .filter((key) => !has.includes(key))
        .map((key) => ({ Delete: { TableName, Key: bearerKey(key, after.id) } }))
      const item = {
        ...after,
        ...mirrorKey(after.id),
        kind: 'GROUP',
        changedSince: changedSince(after),
        unreadSince: unreadSince(after),
        ...dueAttributes(mirrorDueAt(after), after.setAside),
      }
      const ledgers = held.map((ledger) => ({ Put: putIfSame(TableName, ledgerItem(ledger), ledger.version) }))
      await writeIfSame(client, TableName, item, before.version, [...puts, ...deletes, ...ledgers])
    },
  }
}
