import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import type { SQSEvent } from 'aws-lambda'
import { mergeReceived } from '../shared/queue/hint.ts'
import { hintOf } from '../shared/queue/messages.ts'
import { oneForAll } from '../shared/queue/one-for-all.ts'
import { takeHint } from '../shared/sync/take-hint.ts'
import { oktaReader } from './composition/okta-reader.ts'

/** One request to Okta with its retries, in milliseconds: the function's time must hold a few. */
const TIMEOUT = 10_000

/** Consumer of the hint queue: asks Okta what groups are now, and writes it down. */
export function compose(environment = process.env) {
  const { telemetry, ports } = oktaReader(environment, 'read-group', TIMEOUT)
  return middy<SQSEvent>()
    .use(injectLambdaContext(telemetry.logger))
    .use(logMetrics(telemetry.metrics))
    .handler(async (event, context) => {
      const reading = await ports()
      const subjectOf = ({ subject, id }: ReturnType<typeof hintOf>) => `${subject} ${id}`
      const work = oneForAll(event.Records, hintOf, subjectOf, mergeReceived, (hint) => takeHint(reading, hint))
      return processPartialResponse(event, work, new SqsFifoPartialProcessorAsync(), {
        context,
        skipGroupOnError: true,
      })
    })
}

export const handler = compose()
