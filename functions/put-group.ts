import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { SQSEvent } from 'aws-lambda'
import { qBusinessClient } from '../shared/q-business/client.ts'
import { userStoreOf } from '../shared/q-business/user-store.ts'
import { consume } from '../shared/queue/consume.ts'
import { doorbellsIn } from '../shared/queue/doorbells.ts'
import { nameOf } from '../shared/queue/messages.ts'
import { surroundings } from '../shared/settings/environment.ts'
import { rulesOf } from '../shared/settings/load-settings.ts'
import { snapshotIn } from '../shared/snapshot/snapshot.ts'
import { systemClock } from '../shared/sync/clock.ts'
import { checkNotStopped } from '../shared/sync/in-force.ts'
import { putGroup } from '../shared/sync/put-group.ts'
import { observed } from '../shared/telemetry/observed.ts'
import { telemetryOf } from '../shared/telemetry/telemetry.ts'

/** Consumer of the name queue: brings names of the user store in step with what the mirror wants. */
export function compose(environment = process.env) {
  const { settings, ...at } = surroundings(environment, 'TABLE_NAME', 'HINT_QUEUE_URL', 'NAME_QUEUE_URL')
  const telemetry = telemetryOf('put-group')
  const snapshot = snapshotIn(new DynamoDBClient(), at.TABLE_NAME, settings.history.days)
  const doorbells = doorbellsIn(new SQSClient(), { hints: at.HINT_QUEUE_URL, names: at.NAME_QUEUE_URL }, randomUUID)
  const userStore = userStoreOf(qBusinessClient(), settings.qBusiness, settings.drift.document)
  const ports = { userStore, snapshot, doorbells, telemetry, clock: systemClock, rules: rulesOf(settings) }
  return observed<SQSEvent>(telemetry).handler(async (event, context) => {
    await checkNotStopped(snapshot, settings.qBusiness)
    return consume(event, context, {
      telemetry,
      parse: nameOf,
      subjectOf: ({ key }) => key,
      merge: (a, b) => ({ ...a, again: a.again || b.again, check: a.check ?? b.check }),
      work: ({ key, again, check }) => putGroup(ports, key, again, check),
    })
  })
}

export const handler = compose()
