import { startHttpApi } from './lambda/http-api.ts'
import type { LambdaFunction } from './lambda/lambda-function.ts'
import { type Poller, startPoller } from './lambda/poller.ts'
import { type Schedule, startSchedule, type When } from './lambda/schedule.ts'
import { startLambda } from './lambda/server.ts'

/** The functions of this project. */
export const NAMES = ['okta-hook', 'read-group', 'put-group', 'reconcile', 'catch-up', 'replay'] as const
export type Name = (typeof NAMES)[number]

/** The functions, what starts them, and how they are replaced and ended. */
export interface Wiring {
  functions: Record<Name, LambdaFunction>
  sources: { fn: Name; queueUrl: string; batchSize?: number; maximumConcurrency?: number }[]
  schedules: { fn: Name; when: When; input: unknown }[]
  /** Starts them anew, as a deployment does; with other settings, where they are given. */
  redeploy(settings?: unknown): Promise<void>
  close(): Promise<void>
}

/** The functions of this project, attached to queues, schedules, an HTTP API and Lambda's Invoke API. */
export interface AttachedFunctions {
  hookUrl: string
  lambdaUrl: string
  functions: Record<Name, LambdaFunction>
  startPollers(): Promise<void>
  stopPollers(): Promise<void>
  redeploy: Wiring['redeploy']
  close(): Promise<void>
}

/** Attaches functions to what starts them. From here on, the environment says where Lambda is. */
export async function attach(
  { functions, sources, schedules, redeploy, close }: Wiring,
  options: { schedules?: boolean; pollers?: boolean },
): Promise<AttachedFunctions> {
  const lambda = await startLambda(Object.values(functions))
  Object.assign(process.env, { AWS_ENDPOINT_URL_LAMBDA: lambda.url })
  const api = await startHttpApi(functions['okta-hook'])
  let pollers: Poller[] = []
  const startPollers = async () => {
    pollers = await Promise.all(sources.map(({ fn, ...source }) => startPoller({ fn: functions[fn], ...source })))
  }
  const stopPollers = async () => {
    await Promise.all(pollers.splice(0).map((poller) => poller.stop()))
  }
  if (options.pollers !== false) await startPollers()
  const started: Schedule[] =
    options.schedules === false ? [] : schedules.map(({ fn, when, input }) => startSchedule(functions[fn], when, input))
  return {
    hookUrl: `${api.url}/okta`,
    lambdaUrl: lambda.url,
    functions,
    startPollers,
    stopPollers,
    redeploy,
    close: async () => {
      await Promise.all(started.map((schedule) => schedule.stop()))
      await api.close()
      await stopPollers()
      await lambda.close()
      await close()
    },
  }
}
