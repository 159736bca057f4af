import { invoke, type LambdaHandler, type Outcome } from './invoke.ts'

export interface FunctionOptions {
  name: string
  handler: LambdaHandler
  /** Default 3,000, as in Lambda. */
  timeoutMs?: number
  /** Only told to the function. Default 128, as in Lambda. */
  memoryMb?: number
  /** Default `us-east-1`. */
  region?: string
  onInvocation?: InvocationHook
}

/** Called after each invocation, for a log or a test. */
export type InvocationHook = (invocation: { name: string; event: unknown; outcome: Outcome }) => void

/** A function that can be invoked; `counts` tell how it went since it was made. */
export interface LambdaFunction {
  readonly name: string
  readonly arn: string
  readonly timeoutMs: number
  /** `failed` counts what threw, `timedOut` what took too long; `running` is now, `mostAtOnce` its highest. */
  readonly counts: Readonly<InvocationCounts>
  /** Never rejects: what the handler throws is the outcome. */
  invoke(event: unknown): Promise<Outcome>
}

export interface InvocationCounts {
  invocations: number
  succeeded: number
  failed: number
  timedOut: number
  running: number
  mostAtOnce: number
}

/**
 * A handler as a Lambda function in this process. Other than in Lambda, concurrent invocations share the module's state
 * and the environment, and nothing is frozen between them.
 */
export function lambdaFunction(options: FunctionOptions): LambdaFunction {
  const { name, handler, timeoutMs = 3000, memoryMb = 128, region = 'us-east-1', onInvocation } = options
  const arn = `arn:aws:lambda:${region}:000000000000:function:${name}`
  return countedFunction({ name, arn, timeoutMs, onInvocation }, (event) =>
    invoke({ name, arn, memoryMb }, handler, timeoutMs, event),
  )
}

/** A function that is run by `run`, with its invocations counted. */
export function countedFunction(
  identity: { name: string; arn: string; timeoutMs: number; onInvocation?: InvocationHook | undefined },
  run: (event: unknown) => Promise<Outcome>,
): LambdaFunction {
  const { onInvocation, ...named } = identity
  const counts: InvocationCounts = { invocations: 0, succeeded: 0, failed: 0, timedOut: 0, running: 0, mostAtOnce: 0 }
  return {
    ...named,
    counts,
    invoke: async (event) => {
      counts.invocations++
      counts.running++
      counts.mostAtOnce = Math.max(counts.mostAtOnce, counts.running)
      const outcome = await run(event)
      counts.running--
      counts[outcome.ok ? 'succeeded' : outcome.timedOut ? 'timedOut' : 'failed']++
      onInvocation?.({ name: named.name, event, outcome })
      return outcome
    },
  }
}
