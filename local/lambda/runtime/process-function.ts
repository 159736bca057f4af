import { randomUUID } from 'node:crypto'
import type { Outcome } from '../invoke.ts'
import { countedFunction, type InvocationHook, type LambdaFunction } from '../lambda-function.ts'
import { type DeployedFunction, type ExecutionEnvironment, startEnvironment } from './execution-environment.ts'

export interface ProcessFunctionOptions extends Omit<DeployedFunction, 'arn' | 'timeoutMs'> {
  timeoutMs: number
  /** A timeout that goes before that, asked for at each invocation. */
  timeoutNow?: (() => number | undefined) | undefined
  /** How many environments there may be, as by reserved concurrency. Default 1,000, as in a new account. */
  concurrency?: number | undefined
  onInvocation?: InvocationHook | undefined
}

/** A function in processes of its own. */
export interface ProcessFunction extends LambdaFunction {
  /** How many environments were started so far. */
  readonly coldStarts: number
  /** Lets go of all environments, so that the next invocation starts one; what runs is let run. */
  renew(): Promise<void>
  close(): Promise<void>
}

/**
 * A deployed function as Lambda runs it: every invocation has an environment to itself, one that is idle where there is
 * one, else a new one. Over the limit it is refused, as Lambda throttles.
 */
export function processFunction(options: ProcessFunctionOptions): ProcessFunction {
  const { concurrency = 1000, onInvocation, name, timeoutMs, timeoutNow, ...given } = options
  const arn = `arn:aws:lambda:${given.region}:000000000000:function:${name}`
  const deployed = { ...given, name, arn, timeoutMs: () => timeoutNow?.() ?? timeoutMs }
  const all = new Set<Promise<ExecutionEnvironment>>()
  const idle: Promise<ExecutionEnvironment>[] = []
  const outdated = new WeakSet<Promise<ExecutionEnvironment>>()
  let coldStarts = 0

  const start = () => {
    coldStarts++
    const environment = startEnvironment(deployed)
    all.add(environment)
    return environment
  }
  const end = async (environment: Promise<ExecutionEnvironment>) => {
    if (all.delete(environment)) await (await environment).end()
  }

  // The one that was used last, as Lambda prefers it.
  const take = () => idle.pop() ?? (all.size < concurrency ? start() : undefined)

  const run = async (event: unknown): Promise<Outcome> => {
    const requestId = randomUUID()
    const began = performance.now()
    const environment = take()
    const durationMs = () => performance.now() - began
    if (!environment) {
      const error = { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' }
      return { requestId, durationMs: durationMs(), ok: false, timedOut: false, error }
    }
    const ended = await (await environment).invoke(requestId, event)
    const outcome = { requestId, durationMs: durationMs() }
    if ((await environment).isAlive && all.has(environment) && !outdated.has(environment)) idle.push(environment)
    else await end(environment)
    return ended.ok ? { ...outcome, ok: true, value: JSON.parse(ended.result) } : { ...outcome, ...ended }
  }

  const renew = async () => {
    for (const environment of all) outdated.add(environment)
    const resting = idle.splice(0)
    await Promise.all(resting.map(end))
  }
  return {
    ...countedFunction({ name, arn, timeoutMs, onInvocation }, run),
    get coldStarts() {
      return coldStarts
    },
    renew,
    close: async () => {
      idle.splice(0)
      await Promise.all([...all].map(end))
    },
  }
}
