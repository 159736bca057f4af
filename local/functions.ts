import { startHttpApi } from './lambda/http-api.ts'
import type { LambdaHandler } from './lambda/invoke.ts'
import { type LambdaFunction, lambdaFunction } from './lambda/lambda-function.ts'
import { type Poller, startPoller } from './lambda/poller.ts'
import { type Schedule, startSchedule } from './lambda/schedule.ts'
import { startLambda } from './lambda/server.ts'

const NAMES = ['okta-hook', 'read-group', 'put-group', 'reconcile', 'catch-up', 'replay'] as const
type Name = (typeof NAMES)[number]

/** Function timeouts in milliseconds, as serverless.yml has them. */
const TIMEOUTS: Record<Name, number> = {
  'okta-hook': 3_000,
  'read-group': 60_000,
  'put-group': 60_000,
  reconcile: 900_000,
  'catch-up': 50_000,
  replay: 900_000,
}

/** The functions of this project, attached to queues, schedules, an HTTP API and Lambda's Invoke API. */
export interface AttachedFunctions {
  hookUrl: string
  lambdaUrl: string
  functions: Record<Name, LambdaFunction>
  startPollers(): Promise<void>
  stopPollers(): Promise<void>
  /** Composes the functions anew, as a deployment does. */
  redeploy(): Promise<void>
  close(): Promise<void>
}

/** Attaches the functions. The environment must be set: they take their surroundings from it. */
export async function attachFunctions(options: { schedules?: boolean; pollers?: boolean }): Promise<AttachedFunctions> {
  const handlers = await composeAll()
  const functions = Object.fromEntries(
    NAMES.map((name) => {
      const handler: LambdaHandler = (event, context) => handlers[name](event, context)
      return [name, lambdaFunction({ name, handler, timeoutMs: TIMEOUTS[name], memoryMb: 512 })]
    }),
  ) as Record<Name, LambdaFunction>
  const lambda = await startLambda(Object.values(functions))
  Object.assign(process.env, { AWS_ENDPOINT_URL_LAMBDA: lambda.url, RECONCILE_FUNCTION: 'reconcile' })
  const api = await startHttpApi(functions['okta-hook'])
  let pollers: Poller[] = []
  const startPollers = async () => {
    pollers = await Promise.all([
      startPoller({ fn: functions['read-group'], queueUrl: process.env['HINT_QUEUE_URL']! }),
      startPoller({ fn: functions['put-group'], queueUrl: process.env['NAME_QUEUE_URL']! }),
    ])
  }
  const stopPollers = async () => {
    await Promise.all(pollers.splice(0).map((poller) => poller.stop()))
  }
  if (options.pollers !== false) await startPollers()
  const schedules: Schedule[] =
    options.schedules === false
      ? []
      : [
          startSchedule(functions['catch-up'], { everyMs: 60_000 }, {}),
          startSchedule(functions.reconcile, { dailyAt: '02:00' }, { scheduledTime: '<aws.scheduler.scheduled-time>' }),
        ]
  return {
    hookUrl: `${api.url}/okta`,
    lambdaUrl: lambda.url,
    functions,
    startPollers,
    stopPollers,
    redeploy: async () => {
      Object.assign(handlers, await composeAll())
    },
    close: async () => {
      await Promise.all(schedules.map((schedule) => schedule.stop()))
      await api.close()
      await stopPollers()
      await lambda.close()
    },
  }
}

/** Imported only now, since a function takes its surroundings from the environment when it is loaded. */
async function composeAll(): Promise<Record<Name, LambdaHandler>> {
  // compose() of catch-up needs a name to call; the address is set before it calls.
  process.env['RECONCILE_FUNCTION'] ??= 'reconcile'
  const entries = await Promise.all(
    NAMES.map(async (name) => {
      const module = await import(`../functions/${name}.ts`)
      return [name, module.compose() as LambdaHandler]
    }),
  )
  return Object.fromEntries(entries)
}
