/**
 * An answer of Okta's that is not a success. `code` and `status` are those of Okta's published error list; `causes` become
 * `errorCauses`. Thrown by the state machine and turned into the body by the server.
 */
export class OktaError extends Error {
  override readonly name = 'OktaError'
  readonly status: number
  readonly code: string
  readonly causes: readonly string[]

  constructor(status: number, code: string, summary: string, causes: readonly string[] = []) {
    super(summary)
    this.status = status
    this.code = code
    this.causes = causes
  }
}

/** 404 E0000007. `kind` is Okta's own word for the thing: UserGroup, User, EventHook. */
export function notFound(id: string, kind: string): OktaError {
  return new OktaError(404, 'E0000007', `Not found: Resource not found: ${id} (${kind})`)
}

/** 400 E0000001. `field` is what failed; each cause reads `field: what is wrong`. */
export function invalid(field: string, ...causes: string[]): OktaError {
  return new OktaError(400, 'E0000001', `Api validation failed: ${field}`, causes)
}

/** 403 E0000006: a group that this API may not change, or a scope that the token lacks. */
export function forbidden(...causes: string[]): OktaError {
  return new OktaError(403, 'E0000006', 'You do not have permission to perform the requested action', causes)
}

/** 403 E0000038: the user's status doesn't allow the operation. */
export function wrongStatus(...causes: string[]): OktaError {
  return new OktaError(403, 'E0000038', "This operation is not allowed in the user's current status.", causes)
}

/** The causes that Okta gives for a taken name or login, and for a missing field. */
export const TAKEN = 'An object with this field already exists in the current organization'
export const BLANK = 'The field cannot be left blank'
