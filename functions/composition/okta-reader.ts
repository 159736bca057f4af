import { randomUUID } from 'node:crypto'
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { Context } from 'aws-lambda'
import type { Heard } from '../../shared/okta/client.ts'
import { directoryIn } from '../../shared/okta/directory.ts'
import { signIn } from '../../shared/okta/sign-in.ts'
import { doorbellsIn } from '../../shared/queue/doorbells.ts'
import { surroundings } from '../../shared/settings/environment.ts'
import { rulesOf } from '../../shared/settings/load-settings.ts'
import { snapshotIn } from '../../shared/snapshot/snapshot.ts'
import { systemClock } from '../../shared/sync/clock.ts'
import { inForce } from '../../shared/sync/in-force.ts'
import type { ReadGroupPorts } from '../../shared/sync/read-group.ts'
import { RecentLooks } from '../../shared/sync/recent-looks.ts'
import { telemetryOf } from '../../shared/telemetry/telemetry.ts'

/**
 * What the functions that read Okta have in common.
 * @param timeout for one request to Okta with its retries, in milliseconds
 * @returns `ports(context)`: to be asked at each invocation, since the org, the rules in force and the credentials may have
 *   changed since the last
 */
export function oktaReader(environment: NodeJS.ProcessEnv, service: string, timeout: number, heard?: Heard) {
  const { settings, ...at } = surroundings(environment, 'TABLE_NAME', 'HINT_QUEUE_URL', 'NAME_QUEUE_URL')
  const telemetry = telemetryOf(service)
  const snapshot = snapshotIn(new DynamoDBClient(), at.TABLE_NAME, settings.history.days)
  const sqs = new SQSClient()
  const doorbells = doorbellsIn(sqs, { hints: at.HINT_QUEUE_URL, names: at.NAME_QUEUE_URL }, randomUUID)
  const askOkta = signIn(new SecretsProvider(), settings.okta.credentials, settings.okta.orgUrl, timeout, heard)
  const rules = rulesOf(settings)
  const recent = new RecentLooks(rules.members.statuses)
  const stage = { ...settings.qBusiness, rules }
  // Which org is behind the URL is asked once, and again after no answer.
  let org: Promise<string> | undefined
  const forgetOrg = (error: unknown) => {
    org = undefined
    throw error
  }

  async function ports(context: Context): Promise<ReadGroupPorts> {
    const ask = await askOkta()
    const directoryFor = (attribute: string) => {
      const directory = directoryIn(ask, attribute)
      return { ...directory, orgId: () => (org ??= directory.orgId().catch(forgetOrg)) }
    }
    const now = await inForce({ snapshot, telemetry, directoryFor }, stage)
    return {
      snapshot,
      doorbells,
      telemetry,
      clock: systemClock,
      timeLeft: () => context.getRemainingTimeInMillis(),
      recent,
      ...now,
    }
  }
  return { settings, telemetry, sqs, snapshot, doorbells, at, ports }
}
