import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { qBusinessClient } from '../shared/q-business/client.ts'
import { userStoreOf } from '../shared/q-business/user-store.ts'
import { doorbellsIn } from '../shared/queue/doorbells.ts'
import { rulesOf } from '../shared/settings/load-settings.ts'
import { snapshotIn } from '../shared/snapshot/snapshot.ts'
import { systemClock } from '../shared/sync/clock.ts'
import { asInForce, checkNotStopped } from '../shared/sync/in-force.ts'
import { modeOf, whyNoPut } from '../shared/sync/mode.ts'
import type { ReadGroupPorts } from '../shared/sync/read-group.ts'
import { RecentLooks } from '../shared/sync/recent-looks.ts'
import type { Surroundings } from './surroundings.ts'
import { type HeardTelemetry, heardTelemetry } from './telemetry.ts'
import { printable } from './terminal.ts'

/** A command isn't ended from outside, as a function is; so long it waits for one group, in milliseconds. */
const TIME = 300_000

/** What the verbs are made of, in the surroundings that were found. */
export type Parts = ReturnType<typeof partsIn>

export function partsIn(at: Surroundings) {
  const { settings } = at
  const snapshot = snapshotIn(new DynamoDBClient(), at.table, settings.history.days)
  const doorbells = doorbellsIn(new SQSClient(), at, randomUUID)
  const userStore = userStoreOf(qBusinessClient(), settings.qBusiness)
  const telemetry: HeardTelemetry = heardTelemetry()
  const rules = rulesOf(settings)
  const stage = { ...settings.qBusiness, rules }
  const okta = async () => (await import('./okta.ts')).oktaOf(settings)
  const common = { snapshot, doorbells, telemetry, clock: systemClock, newId: randomUUID }
  return {
    ...common,
    at,
    userStore,
    rules,
    stage,
    okta,
    /** Throws where nothing may be done to the stage. Answers why nothing is put now; null where it is. */
    async check(): Promise<string | null> {
      const why = whyNoPut(modeOf(await checkNotStopped(snapshot, stage), rules.mode))
      return why && printable(why)
    },
    /** Okta by the settings as they are here, accepted or not. */
    directory: async () => (await okta()).directoryFor(rules.members.attribute),
    /** What reading a group by the rules in force needs. Throws where Okta doesn't answer. */
    async reading(): Promise<ReadGroupPorts & typeof common> {
      const now = await asInForce({ snapshot, ...(await okta()) }, stage)
      return { ...common, ...now, recent: new RecentLooks(now.rules.members.statuses), timeLeft: () => TIME }
    },
    /** Who runs the command, as AWS says. */
    async caller(): Promise<string> {
      const { Arn } = await new STSClient().send(new GetCallerIdentityCommand())
      return Arn!
    },
  }
}
