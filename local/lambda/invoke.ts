import { randomUUID } from 'node:crypto'
import { types } from 'node:util'
import type { Context } from 'aws-lambda'
import { type FunctionIdentity, lambdaContext } from './context.ts'

/** A handler as Lambda calls it. `never` lets handlers of any event type in. */
export type LambdaHandler = (event: never, context: Context) => unknown

/** An error in the form of the Invoke API's body. A timeout has no trace. */
export interface LambdaError {
  errorType: string
  errorMessage: string
  trace?: string[]
}

/**
 * How one invocation ended. `value` is what the caller would read: the result after a round trip through JSON, `null`
 * for nothing.
 */
export type Outcome = { requestId: string; durationMs: number } & (
  | { ok: true; value: unknown }
  | { ok: false; timedOut: boolean; error: LambdaError }
)

/**
 * Calls a handler once, as Lambda's Node runtime does: with a copy of the event (`{}` for none), a context that counts
 * down, and an end after `timeoutMs`. It never rejects. A handler that ran out of time is no longer waited for, but
 * can't be killed inside one process.
 */
export async function invoke(
  identity: FunctionIdentity,
  handler: LambdaHandler,
  timeoutMs: number,
  event: unknown,
): Promise<Outcome> {
  const requestId = randomUUID()
  const began = performance.now()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'timeout')
  })
  const end = () => ({ requestId, durationMs: performance.now() - began })
  try {
    const context = lambdaContext(identity, requestId, timeoutMs)
    const result = await Promise.race([call(handler, copy(event ?? {}), context), timeout])
    if (result !== 'timeout') return { ...end(), ok: true, value: result.value }
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`
    return { ...end(), ok: false, timedOut: true, error: { errorType: 'Sandbox.Timedout', errorMessage } }
  } catch (thrown) {
    return { ...end(), ok: false, timedOut: false, error: lambdaError(thrown) }
  } finally {
    clearTimeout(timer)
  }
}

async function call(handler: LambdaHandler, event: unknown, context: Context): Promise<{ value: unknown }> {
  const result = await handler(event as never, context)
  return { value: copy(result ?? null) }
}

function copy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function lambdaError(thrown: unknown): LambdaError {
  if (!types.isNativeError(thrown) && !(thrown instanceof Error)) {
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] }
  }
  return { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split('\n') ?? [] }
}
