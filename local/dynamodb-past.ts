import type { Item, KeySchema } from './dynamodb-index-query.ts'

/** An item that a write is about to change; `at` is when the write was over, in epoch ms, `null` while it isn't. */
interface Former {
  table: string
  key: string
  image: Item | undefined
  at: number | null
}

/** What a write changes: an item of a table, given as a whole or by its key. */
export interface Written {
  table: string
  given: Item
}

type Body = Record<string, unknown>
type Keyed = { TableName: string; Key?: Item; Item?: Item }

/**
 * What the items of a DynamoDB were before the writes of the last while. Writes are told here before and after they are made,
 * one at a time.
 */
export class Past {
  #formers: Former[] = []

  /** A write is about to be made. */
  begin(table: string, key: Item, image: Item | undefined): Former {
    const former = { table, key: textOf(key), image, at: null }
    this.#formers.push(former)
    return former
  }

  /** It is over, made or not. */
  end(former: Former, at: number): void {
    former.at = at
  }

  /** Nothing before this time will be asked for any more. */
  forget(before: number): void {
    this.#formers = this.#formers.filter(({ at }) => at === null || at >= before)
  }

  /** The items of a table that were written after a time, as they were then: undefined where there was none. */
  at(table: string, time: number): Map<string, Item | undefined> {
    const then = new Map<string, Item | undefined>()
    for (const { table: of, key, image, at } of this.#formers) {
      if (of === table && !then.has(key) && (at === null || at > time)) then.set(key, image)
    }
    return then
  }
}

/** A key in one spelling, to find an item by. */
export function textOf(key: Item): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The key of an item. */
export function keyOf(item: Item, { hash, range }: KeySchema): Item {
  return Object.fromEntries([hash, range].filter((name) => name !== undefined).map((name) => [name, item[name]!]))
}

/** What a request writes, items or keys as it has them; null where it writes nothing, or in a way that isn't understood. */
export function written(operation: string, body: Body): Written[] | null {
  const one = ({ TableName, Key, Item: item }: Keyed) => ({ table: TableName, given: (Key ?? item)! })
  switch (operation) {
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return [one(body as Keyed)]
    case 'TransactWriteItems':
      return (body['TransactItems'] as Record<string, Keyed>[]).flatMap(({ Put, Update, Delete }) =>
        [Put, Update, Delete].filter((each) => each !== undefined).map(one),
      )
    case 'BatchWriteItem':
      return Object.entries(body['RequestItems'] as Record<string, Record<string, Keyed>[]>).flatMap(([table, all]) =>
        all.map(({ PutRequest, DeleteRequest }) => one({ ...(PutRequest ?? DeleteRequest)!, TableName: table })),
      )
    default:
      return null
  }
}
