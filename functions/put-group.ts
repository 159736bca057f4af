import { randomUUID } from 'node:crypto'
import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import type { SQSEvent } from 'aws-lambda'
import { qBusinessClient } from '../shared/q-business/client.ts'
import { userStoreOf } from '../shared/q-business/user-store.ts'
import { doorbellsIn } from '../shared/queue/doorbells.ts'
import { nameOf } from '../shared/queue/messages.ts'
import { oneForAll } from '../shared/queue/one-for-all.ts'
import { surroundings } from '../shared/settings/environment.ts'
import { rulesOf } from '../shared/settings/load-settings.ts'
import { snapshotIn } from '../shared/snapshot/snapshot.ts'
import { systemClock } from '../shared/sync/clock.ts'
import { checkNotStopped } from '../shared/sync/in-force.ts'
import { putGroup } from '../shared/sync/put-group.ts'
import { telemetryOf } from '../shared/telemetry/telemetry.ts'

/** Consumer of the name queue: brings names of the user store in step with what the mirror wants. */
export function compose(environment = process.env) {
  const { settings, ...at } = surroundings(environment, 'TABLE_NAME', 'HINT_QUEUE_URL', 'NAME_QUEUE_URL')
  const telemetry = telemetryOf('put-group')
  const snapshot = snapshotIn(new DynamoDBClient(), at.TABLE_NAME, settings.history.days)
  const doorbells = doorbellsIn(new SQSClient(), { hints: at.HINT_QUEUE_URL, names: at.NAME_QUEUE_URL }, randomUUID)
  const userStore = userStoreOf(qBusinessClient(), settings.qBusiness)
  const ports = { userStore, snapshot, doorbells, telemetry, clock: systemClock, rules: rulesOf(settings) }
  const either = (a: ReturnType<typeof nameOf>, b: ReturnType<typeof nameOf>) => ({ ...a, again: a.again || b.again })
  return middy<SQSEvent>()
    .use(injectLambdaContext(telemetry.logger))
    .use(logMetrics(telemetry.metrics))
    .handler(async (event, context) => {
      await checkNotStopped(snapshot, settings.qBusiness)
      const work = oneForAll(
        event.Records,
        nameOf,
        ({ key }) => key,
        either,
        ({ key, again }) => putGroup(ports, key, again),
      )
      return processPartialResponse(event, work, new SqsFifoPartialProcessorAsync(), {
        context,
        skipGroupOnError: true,
      })
    })
}

export const handler = compose()
