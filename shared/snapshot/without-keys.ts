/** A row's facts, without what the table and its indexes need. */
export function withoutKeys<T>(item: Record<string, unknown>): T {
  const { pk, sk, kind, due, dueAt, ...facts } = item
  return facts as T
}
