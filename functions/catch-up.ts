import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { surroundings } from '../shared/settings/environment.ts'
import { catchUp } from '../shared/sync/catch-up.ts'
import { systemClock } from '../shared/sync/clock.ts'
import { ClockWatch } from '../shared/sync/clock-watch.ts'
import { followLog } from '../shared/sync/follow-log.ts'
import { modeOf } from '../shared/sync/mode.ts'
import { checkVersion } from '../shared/sync/table-version.ts'
import { tellBehind } from '../shared/sync/tell-behind.ts'
import { observed } from '../shared/telemetry/observed.ts'
import { oktaReader } from './composition/okta-reader.ts'

/** One request to Okta with its retries, in milliseconds: the function's time must hold a few. */
const TIMEOUT = 10_000

/** Every minute: rings what is due, takes up a reconcile that isn't finished, and reads on in Okta's System Log. */
export function compose(environment = process.env) {
  const { RECONCILE_FUNCTION: FunctionName } = surroundings(environment, 'RECONCILE_FUNCTION')
  const watch = new ClockWatch()
  const { settings, telemetry, snapshot, doorbells, ports } = oktaReader(environment, 'catch-up', TIMEOUT, watch.heard)
  const lambda = new LambdaClient()
  const startRun = async (run: string) => {
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify({ run }) }))
  }
  return observed<unknown>(telemetry).handler(async (_, context) => {
    const table = await snapshot.identity()
    checkVersion(table)
    const given = { snapshot, doorbells, telemetry, clock: systemClock, mode: modeOf(table, settings.mode) }
    const work = [catchUp({ ...given, startRun }), tellBehind(given)] as const
    // What can't be rung or told mustn't keep the log from being read; it is thrown after it.
    await Promise.allSettled(work)
    const timeLeft = () => context.getRemainingTimeInMillis()
    const log = await followLog({ open: () => ports(context), telemetry, watch, clock: systemClock, timeLeft })
    const [{ due }] = await Promise.all(work)
    telemetry.count('CatchUpsFinished')
    return { due, log }
  })
}

export const handler = compose()
