/** What a log may say of an error: its name, status and code. Messages of SDKs may hold addresses and bodies, so they stay out. */
export function errorFacts(error: unknown): Record<string, unknown> {
  const { name, status, errorCode, code, kind, $metadata } = (error ?? {}) as Record<string, unknown>
  const httpStatus = status ?? ($metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode
  const facts = { error: name ?? 'Error', status: httpStatus, errorCode, code, kind }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
