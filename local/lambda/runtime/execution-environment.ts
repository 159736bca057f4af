import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { LambdaError } from '../invoke.ts'
import { startRuntimeApi } from './runtime-api.ts'
import { lambdaVariables } from './variables.ts'

/** A function as it is deployed. */
export interface DeployedFunction {
  name: string
  arn: string
  region: string
  /** The unzipped code, with `index.js` and its `handler`. */
  folder: string
  /** Asked for at each invocation. */
  timeoutMs: () => number
  memoryMb: number
  /** Of what Lambda and its runtime client write. Default Text. */
  logFormat?: 'Text' | 'JSON'
  /** Its own variables, asked for whenever an environment starts. */
  variables: () => Record<string, string>
  /** Hears what it writes to its log, line by line, and what Lambda itself writes there of an invocation that was ended. */
  onLine?: ((line: string) => void) | undefined
  /** Hears of each process that is started for it. */
  onProcess?: ((pid: number) => void) | undefined
}

/** How an invocation ended in its environment; `result` is JSON. */
export type Ended = { ok: true; result: string } | { ok: false; timedOut: boolean; error: LambdaError }

/** One process that runs a function, for one invocation at a time. */
export interface ExecutionEnvironment {
  /** Milliseconds from the start of the process until it was ready; and the error, where it never was. */
  ready: Promise<{ ms: number; error: LambdaError | null }>
  /** False once the process is gone, or as good as gone. */
  readonly isAlive: boolean
  invoke(requestId: string, event: unknown): Promise<Ended>
  /** Kills the process, and returns when nothing of it is left. */
  end(): Promise<void>
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: longer than that, no start may take. */
const INIT_LIMIT = 10_000
const RUNTIME = createRequire(import.meta.url).resolve('aws-lambda-ric')
const CLIENT = join(import.meta.dirname, 'rapid-client.cjs')
const SIGNALS: Record<string, string> = { SIGKILL: 'killed', SIGABRT: 'aborted', SIGTERM: 'terminated' }

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/**
 * Starts a process with the official runtime client and the function in it, with the environment that Lambda gives and
 * nothing of ours. Memory is what Lambda's own start script makes of it: a tenth for new objects, the rest for old ones; a
 * function that needs more dies as it does there, but what it has outside of the heap isn't counted.
 *
 * Other than Lambda, a start that failed isn't tried again before the invocation gets its error, and nothing is frozen
 * between two invocations.
 */
export async function startEnvironment(fn: DeployedFunction): Promise<ExecutionEnvironment> {
  const api = await startRuntimeApi()
  const young = Math.floor(fn.memoryMb / 10)
  const memory = [`--max-semi-space-size=${Math.floor(young / 2)}`, `--max-old-space-size=${fn.memoryMb - young}`]
  const began = performance.now()
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--max-http-header-size=81920', ...memory, '--require', CLIENT, RUNTIME],
    { cwd: fn.folder, env: lambdaVariables(fn, api.address), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  children.add(child)
  if (child.pid) fn.onProcess?.(child.pid)
  const say = (line: string) => fn.onLine?.(line)
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', say)

  let isAlive = true
  const exited = once(child, 'close').then(([code, signal]) => {
    isAlive = false
    children.delete(child)
    return signal ? `signal: ${SIGNALS[signal] ?? signal}` : `exit status ${code}`
  })
  const kill = () => {
    isAlive = false
    child.kill('SIGKILL')
  }
  /** What Lambda answers, and writes into the log, where it is the one that says how it ended. */
  const endedBy = (errorType: string, why: string, requestId?: string): LambdaError => {
    const time = new Date().toISOString()
    const line = { time, type: 'platform.report', record: { requestId, status: errorType, why } }
    say(fn.logFormat === 'JSON' ? JSON.stringify(line) : `${time} ${requestId ?? 'INIT'} ${why}`)
    return { errorType, errorMessage: requestId ? `RequestId: ${requestId} Error: ${why}` : why }
  }
  const exitError = (why: string, requestId?: string) =>
    endedBy('Runtime.ExitError', `Runtime exited with error: ${why}`, requestId)
  const timeoutError = (timeoutMs: number, requestId?: string) =>
    endedBy('Sandbox.Timedout', `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`, requestId)

  const ready = within(INIT_LIMIT, Promise.race([api.started, exited]))
    .then((outcome) => {
      if (outcome === 'late') return timeoutError(INIT_LIMIT)
      return typeof outcome === 'string' ? exitError(outcome) : outcome
    })
    .then((error) => {
      const ms = performance.now() - began
      if (error) kill()
      return { ms, error }
    })

  return {
    ready,
    get isAlive() {
      return isAlive
    },
    invoke: async (requestId, event) => {
      const { error } = await ready
      if (error) return { ok: false, timedOut: error.errorType === 'Sandbox.Timedout', error }
      const { arn } = fn
      const timeoutMs = fn.timeoutMs()
      const deadline = Date.now() + timeoutMs
      const invocation = { requestId, deadline, arn, traceId: traceId(), event: JSON.stringify(event ?? {}) }
      const outcome = await within(timeoutMs, Promise.race([api.give(invocation), exited]))
      if (typeof outcome === 'object') return outcome.ok ? outcome : { ...outcome, timedOut: false }
      if (outcome !== 'late') return { ok: false, timedOut: false, error: exitError(outcome, requestId) }
      kill()
      return { ok: false, timedOut: true, error: timeoutError(timeoutMs, requestId) }
    },
    end: async () => {
      kill()
      await exited
      await api.close()
    },
  }
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, milliseconds, 'late')
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** As X-Ray's are, of a trace that isn't sampled. */
function traceId(): string {
  const hex = (length: number) => Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join('')
  const time = Math.floor(Date.now() / 1000).toString(16)
  return `Root=1-${time}-${hex(24)};Parent=${hex(16)};Sampled=0`
}
