/** A row's facts, without what the table needs, and what only its indexes show. */
export function withoutKeys<T>(item: Record<string, unknown>): T {
  const { pk, sk, kind, due, dueAt, changedSince, unreadSince, ...facts } = item
  return facts as T
}
