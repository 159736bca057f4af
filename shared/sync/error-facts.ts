interface Facts {
  name?: unknown
  status?: unknown
  errorCode?: unknown
  code?: unknown
  kind?: unknown
  type?: unknown
  cause?: Facts
  $metadata?: { httpStatusCode?: number; requestId?: string }
}

/**
 * What a log may say of an error: its name, status, codes and the id of the request, its own or of the service's error that it
 * stands for. Messages of SDKs may hold addresses and bodies, so they stay out.
 */
export function errorFacts(error: unknown): Record<string, unknown> {
  const { name, status, errorCode, code, kind, type, cause, $metadata } = (error ?? {}) as Facts
  const answer = $metadata ?? cause?.$metadata
  const facts = {
    error: name ?? 'Error',
    status: status ?? answer?.httpStatusCode,
    errorCode,
    code,
    kind,
    type,
    cause: cause?.$metadata && cause.name,
    requestId: answer?.requestId,
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
