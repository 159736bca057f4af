import { randomBytes } from 'node:crypto'
import type { Context } from 'aws-lambda'

/** What a function's context says of it. */
export interface FunctionIdentity {
  name: string
  arn: string
  memoryMb: number
}

/** Lambda's context for one invocation that began now and may last `timeoutMs`. */
export function lambdaContext(identity: FunctionIdentity, requestId: string, timeoutMs: number): Context {
  const began = Date.now()
  const day = new Date(began).toISOString().slice(0, 10).replaceAll('-', '/')
  const context: Omit<Context, 'done' | 'fail' | 'succeed'> = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: identity.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: identity.arn,
    memoryLimitInMB: String(identity.memoryMb),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${identity.name}`,
    logStreamName: `${day}/[$LATEST]${randomBytes(16).toString('hex')}`,
    getRemainingTimeInMillis: () => Math.max(0, began + timeoutMs - Date.now()),
  }
  // nodejs24.x has no done, fail and succeed; the published type still asks for them.
  return context as Context
}
