/** The credentials lack a right that a probe needs. */
export class DeniedError extends Error {
  override name = 'DeniedError'
  readonly action: string
  constructor(action: string, cause: unknown) {
    super(`these credentials may not call qbusiness:${action} on the application and its index`, { cause })
    this.action = action
  }
}

/** What was waited for didn't come in time. */
export class OutOfTimeError extends Error {
  override name = 'OutOfTimeError'
}

/** Somebody stopped the probe. */
export class InterruptedError extends Error {
  override name = 'InterruptedError'
}
