import { randomUUID } from 'node:crypto'
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { answerHook } from '../shared/okta/answer-hook.ts'
import { hookSecrets } from '../shared/okta/hook-secrets.ts'
import { hintMessage } from '../shared/queue/doorbells.ts'
import { sendAll } from '../shared/queue/send-all.ts'
import { surroundings } from '../shared/settings/environment.ts'
import { systemClock } from '../shared/sync/clock.ts'
import { observed } from '../shared/telemetry/observed.ts'
import { telemetryOf } from '../shared/telemetry/telemetry.ts'

/** Okta waits 3 s: what doesn't answer by then must be given up before. Without throwing, it would only be warned of. */
const requestHandler = { connectionTimeout: 500, requestTimeout: 900, throwOnRequestTimeout: true }
const impatient = { maxAttempts: 2, requestHandler }

/** Okta's event hook, behind an HTTP API: turns a delivery into hints and answers once they are in the queue. */
export function compose(environment = process.env) {
  const { settings, HINT_QUEUE_URL } = surroundings(environment, 'HINT_QUEUE_URL')
  const telemetry = telemetryOf('okta-hook')
  const sqs = new SQSClient(impatient)
  const secrets = new SecretsProvider({ clientConfig: impatient })
  const ports = {
    telemetry,
    isSecret: hookSecrets(secrets, settings.okta.hookSecret, systemClock.now),
    queue: (hints: Parameters<typeof hintMessage>[0][], delivery: string) =>
      sendAll(
        sqs,
        HINT_QUEUE_URL,
        hints.map((hint) => hintMessage(hint, delivery)),
      ),
    attribute: settings.members.attribute,
    newId: randomUUID,
    now: systemClock.now,
  }
  return observed<APIGatewayProxyEventV2>(telemetry).handler((request) => answerHook(ports, request))
}

export const handler = compose()
