import { createHash } from 'node:crypto'

/** The items in an order that a seed decides, each other seed another: a sample without chance. */
export function shuffled<T>(items: readonly T[], seed: string, keyOf: (item: T) => string): T[] {
  const keyed = items.map((item) => ({
    item,
    key: createHash('sha256')
      .update(`${seed}\n${keyOf(item)}`)
      .digest('hex'),
  }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item)
}
