import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import type { Telemetry } from '../sync/ports.ts'
import { METRICS } from './metrics.ts'

/**
 * Logs as JSON lines and metrics in EMF, by Powertools. The only dimension is the service, which is the function's name; the
 * namespace is the stage's, by Powertools' own variable, so that two stages of an account don't mix.
 */
export function telemetryOf(serviceName: string): Telemetry & { logger: Logger; metrics: Metrics } {
  const logger = new Logger({ serviceName })
  // An invocation with nothing to count is no reason for a warning, which is all that Metrics says by its logger.
  const quiet = { debug() {}, info() {}, warn() {}, error: (message: unknown) => logger.error(String(message)) }
  const metrics = new Metrics({ serviceName, logger: quiet })
  return {
    logger,
    metrics,
    info: (message, facts = {}) => logger.info(message, facts),
    warn: (message, facts = {}) => logger.warn(message, facts),
    error: (message, facts = {}) => logger.error(message, facts),
    count: (metric, value = 1) => metrics.addMetric(metric, METRICS[metric].unit, value),
  }
}
