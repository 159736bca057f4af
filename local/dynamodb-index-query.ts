/** An attribute value as it goes over the wire. */
export type Value = Record<string, unknown>
export type Item = Record<string, Value>

/** A key of an index or a table. */
export interface KeySchema {
  hash: string
  range: string | undefined
}

/** Of an index, what its queries are answered from. `attributes` is null where it carries all. */
export interface Index extends KeySchema {
  table: KeySchema
  attributes: readonly string[] | null
}

/** A Query request over an index, as the wire has it. */
export interface IndexQuery {
  KeyConditionExpression?: string
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, Value>
  ExclusiveStartKey?: Item
  Limit?: number
  ScanIndexForward?: boolean
}

/** A query that can't be answered from the past here, and why. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood'
}

const UNDERSTOOD = [
  'TableName IndexName KeyConditionExpression ExpressionAttributeNames ExpressionAttributeValues',
  'ExclusiveStartKey Limit ScanIndexForward ConsistentRead ReturnConsumedCapacity',
].flatMap((names) => names.split(' '))
const CONDITION = /^\s*([#\w]+)\s*=\s*(:\w+)\s*(?:and\s+([#\w]+)\s*(=|<=|>=|<|>)\s*(:\w+)\s*)?$/i
/** A page of DynamoDB's ends after 1 MB. */
const PAGE_BYTES = 1024 * 1024

/**
 * Whether an item answers the query's key condition: `a = :v`, and with it one of `b = :w`, `<`, `<=`, `>`, `>=`.
 * @throws NotUnderstood for any other condition, and for whatever else of a query isn't evaluated here
 */
export function conditionOf(query: IndexQuery, index: Index): (item: Item) => boolean {
  const others = Object.keys(query).filter((name) => !UNDERSTOOD.includes(name))
  if (others.length > 0) throw new NotUnderstood(`${others.join(', ')} of a Query over an index`)
  const { KeyConditionExpression: text = '', ExpressionAttributeNames: names = {} } = query
  const [, hash, hashValue, range, operator, rangeValue] = CONDITION.exec(text) ?? []
  const nameOf = (given: string) => names[given] ?? given
  const valueAt = (given: string) => query.ExpressionAttributeValues?.[given]
  const wanted = hashValue && valueAt(hashValue)
  if (!hash || nameOf(hash) !== index.hash || !wanted)
    throw new NotUnderstood(`the KeyConditionExpression ‘${text}’ (only: ${index.hash} = :value, and one comparison)`)
  const isOfHash = (item: Item) => isSame(item[index.hash], wanted)
  if (!range || !operator || !rangeValue) return isOfHash
  const bound = valueAt(rangeValue)
  if (nameOf(range) !== index.range || !bound) throw new NotUnderstood(`the KeyConditionExpression ‘${text}’`)
  return (item) => isOfHash(item) && meets(compare(item[nameOf(range)]!, bound), operator)
}

/** The item as the index has it: undefined where it lacks one of the index's keys. */
export function projected(item: Item | undefined, { hash, range, table, attributes }: Index): Item | undefined {
  if (!item?.[hash] || (range && !item[range])) return undefined
  if (attributes === null) return item
  const kept = new Set([hash, range, table.hash, table.range, ...attributes])
  return Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)))
}

/** One page of the items that answer a query, in the index's order: by range key, and then by the table's key. */
export function pageOf(items: readonly Item[], query: IndexQuery, index: Index) {
  const turn = query.ScanIndexForward === false ? -1 : 1
  const keys = [index.range, index.table.hash, index.table.range].filter((name) => name !== undefined)
  const order = (a: Item, b: Item) => turn * (keys.map((key) => compare(a[key]!, b[key]!)).find(Boolean) ?? 0)
  const { ExclusiveStartKey: start, Limit = Number.POSITIVE_INFINITY } = query
  const left = items.filter((item) => !start || order(item, start) > 0).sort(order)
  let bytes = 0
  const page = left.slice(0, Limit).filter((item, place) => {
    bytes += JSON.stringify(item).length
    return place === 0 || bytes <= PAGE_BYTES
  })
  const last = page.at(-1)
  const keyNames = [index.hash, ...keys]
  const key = page.length < left.length && last ? Object.fromEntries(keyNames.map((name) => [name, last[name]])) : null
  return { Items: page, Count: page.length, ScannedCount: page.length, ...(key && { LastEvaluatedKey: key }) }
}

function isSame(a: Value | undefined, b: Value): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b)
}

/** Numbers by what they are worth, the rest by its bytes. */
function compare(a: Value, b: Value): number {
  if ('N' in a && 'N' in b) return Math.sign(Number(a['N']) - Number(b['N']))
  const [one, other] = [a, b].map((value) =>
    'B' in value ? Buffer.from(String(value['B']), 'base64') : Buffer.from(String(value['S'])),
  )
  return Buffer.compare(one!, other!)
}

function meets(order: number, operator: string): boolean {
  if (order === 0) return operator.includes('=')
  return operator.startsWith(order < 0 ? '<' : '>')
}
