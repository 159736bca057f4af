import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { SQSClient } from '@aws-sdk/client-sqs'
import { doorbellsIn } from '../shared/queue/doorbells.ts'
import { surroundings } from '../shared/settings/environment.ts'
import { snapshotIn } from '../shared/snapshot/snapshot.ts'
import { catchUp } from '../shared/sync/catch-up.ts'
import { systemClock } from '../shared/sync/clock.ts'
import { observed } from '../shared/telemetry/observed.ts'
import { telemetryOf } from '../shared/telemetry/telemetry.ts'

/** Every minute: rings what is due, and takes up a reconcile that isn't finished. */
export function compose(environment = process.env) {
  const names = ['TABLE_NAME', 'HINT_QUEUE_URL', 'NAME_QUEUE_URL', 'RECONCILE_FUNCTION'] as const
  const { settings, ...at } = surroundings(environment, ...names)
  const telemetry = telemetryOf('catch-up')
  const snapshot = snapshotIn(new DynamoDBClient(), at.TABLE_NAME, settings.history.days)
  const doorbells = doorbellsIn(new SQSClient(), { hints: at.HINT_QUEUE_URL, names: at.NAME_QUEUE_URL }, randomUUID)
  const lambda = new LambdaClient()
  const startRun = async (run: string) => {
    const Payload = JSON.stringify({ run })
    await lambda.send(new InvokeCommand({ FunctionName: at.RECONCILE_FUNCTION, InvocationType: 'Event', Payload }))
  }
  return observed<unknown>(telemetry).handler(() =>
    catchUp({ snapshot, doorbells, telemetry, clock: systemClock, startRun }),
  )
}

export const handler = compose()
