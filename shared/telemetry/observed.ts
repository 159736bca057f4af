import type { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import type { Metrics } from '@aws-lambda-powertools/metrics'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'

/** A handler whose log lines carry the invocation, and whose metrics are sent when it ends. */
export function observed<Event>({ logger, metrics }: { logger: Logger; metrics: Metrics }) {
  return middy<Event>().use(injectLambdaContext(logger)).use(logMetrics(metrics))
}
