import { writeFileSync } from 'node:fs'
import { NAMES, type Name, type Wiring } from './attach.ts'
import type { LambdaHandler } from './lambda/invoke.ts'
import { type LambdaFunction, lambdaFunction } from './lambda/lambda-function.ts'

/** Function timeouts in milliseconds, as serverless.yml has them. */
const TIMEOUTS: Record<Name, number> = {
  'okta-hook': 3_000,
  'read-group': 60_000,
  'put-group': 60_000,
  reconcile: 900_000,
  'catch-up': 50_000,
  replay: 900_000,
}

/** The functions in this process. The environment must be set: they take their surroundings from it. */
export async function functionsHere(): Promise<Wiring> {
  // Of catch-up, which needs a name to call.
  process.env['RECONCILE_FUNCTION'] = 'reconcile'
  const handlers = await composeAll()
  const functions = Object.fromEntries(
    NAMES.map((name) => {
      const handler: LambdaHandler = (event, context) => handlers[name](event, context)
      return [name, lambdaFunction({ name, handler, timeoutMs: TIMEOUTS[name], memoryMb: 512 })]
    }),
  ) as Record<Name, LambdaFunction>
  return {
    functions,
    sources: [
      { fn: 'read-group', queueUrl: process.env['HINT_QUEUE_URL']! },
      { fn: 'put-group', queueUrl: process.env['NAME_QUEUE_URL']! },
    ],
    schedules: [
      { fn: 'catch-up', when: { everyMs: 60_000 }, input: {} },
      { fn: 'reconcile', when: { dailyAt: '02:00' }, input: { scheduledTime: '<aws.scheduler.scheduled-time>' } },
    ],
    redeploy: async (settings) => {
      if (settings) writeFileSync(process.env['SETTINGS_FILE']!, JSON.stringify(settings))
      Object.assign(handlers, await composeAll())
    },
    close: async () => {},
  }
}

/** Imported only now, since a function takes its surroundings from the environment when it is loaded. */
async function composeAll(): Promise<Record<Name, LambdaHandler>> {
  const entries = await Promise.all(
    NAMES.map(async (name) => {
      const module = await import(`../functions/${name}.ts`)
      return [name, module.compose() as LambdaHandler]
    }),
  )
  return Object.fromEntries(entries)
}
