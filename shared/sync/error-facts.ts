interface Facts {
  name?: unknown
  status?: unknown
  errorCode?: unknown
  code?: unknown
  kind?: unknown
  type?: unknown
  secret?: unknown
  remedy?: unknown
  message?: unknown
  cause?: Facts
  $metadata?: { httpStatusCode?: number; requestId?: string }
}

/** AWS's words where a role lacks a permission. The action in them is all that is ever told of a message. */
const DENIED = /not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/

/**
 * What a log may say of an error: its name, status, codes and the id of the request, its own or of the service's error that it
 * stands for; the permission that was missing, and of an error of our own the remedy. Messages of SDKs may hold addresses
 * and bodies, so they stay out.
 */
export function errorFacts(error: unknown): Record<string, unknown> {
  const { name, status, errorCode, code, kind, type, secret, remedy, cause, $metadata } = (error ?? {}) as Facts
  const answer = $metadata ?? cause?.$metadata
  const missing = [error as Facts | undefined, cause]
    .map((each) => DENIED.exec(String(each?.message))?.[1])
    .find(Boolean)
  const facts = {
    error: name ?? 'Error',
    status: status ?? answer?.httpStatusCode,
    errorCode,
    code,
    kind,
    type,
    cause: cause?.$metadata && cause.name,
    missing,
    secret,
    remedy: remedy ?? (missing && `let the function's role do ${missing}`),
    requestId: answer?.requestId,
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
