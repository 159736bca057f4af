/** The error types of the service model that the operations served may answer, with their HTTP statuses. */
export const statusOf = {
  AccessDeniedException: 403,
  ConflictException: 409,
  InternalServerException: 500,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 402,
  ThrottlingException: 429,
  ValidationException: 400,
  // The two of the signature are not in the model: every AWS service answers them before the service itself is reached.
  IncompleteSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  // Nor is this one: what stands before any AWS service answers it.
  ServiceUnavailableException: 503,
} as const

/** The type of an error as it is in the header `x-amzn-errortype`. */
export type ErrorType = keyof typeof statusOf

/** What is wrong with one field of a request; `name` is its path, as in `groupMembers.memberUsers.0.userId`. */
export interface FieldError {
  name: string
  message: string
}

/** An answer other than success, in the service's form: `details` are the members of the body besides `message`. */
export class ServiceError extends Error {
  readonly type: ErrorType
  readonly details: Record<string, unknown>

  constructor(type: ErrorType, message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.name = 'ServiceError'
    this.type = type
    this.details = details
  }

  get status(): number {
    return statusOf[this.type]
  }
}

/** A request that breaks the model, or is refused for what it says: 400 with `reason` and the fields at fault. */
export function invalid(fields: FieldError[], reason = 'FIELD_VALIDATION_FAILED'): ServiceError {
  const said = fields.map(({ name, message }) => `Value at '${name}' failed to satisfy constraint: ${message}`)
  const message = `${fields.length} validation error${fields.length === 1 ? '' : 's'} detected: ${said.join('; ')}`
  // ErrorMessage holds 2,048 characters at most.
  return new ServiceError('ValidationException', message.slice(0, 2048), { reason, fields })
}

/** A request that can't be read at all, with the reason of the model's enumeration. */
export function unreadable(
  message: string,
  reason: 'CANNOT_PARSE' | 'UNKNOWN_OPERATION' = 'CANNOT_PARSE',
): ServiceError {
  return new ServiceError('ValidationException', message, { reason })
}

/** 404 for a thing of the given kind: application, index, group, document or user. */
export function notFound(resourceType: string, resourceId: string): ServiceError {
  const message = `The ${resourceType} ${resourceId} does not exist.`
  return new ServiceError('ResourceNotFoundException', message, { resourceId, resourceType })
}
