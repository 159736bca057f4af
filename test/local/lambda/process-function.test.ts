import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type ProcessFunction,
  type ProcessFunctionOptions,
  processFunction,
} from '../../../local/lambda/runtime/process-function.ts'
import { MINUTE, passTime } from '../../support/time.ts'

let folder: string
let lines: string[]
let pids: number[]
let functions: ProcessFunction[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'q-group-sync-function-'))
  lines = []
  pids = []
  functions = []
})
afterEach(async () => {
  await Promise.all(functions.map((fn) => fn.close()))
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
  rmSync(folder, { recursive: true })
})

/** A function of which this is the code of the handler. */
function deploy(handler: string, more: Partial<ProcessFunctionOptions> = {}): ProcessFunction {
  writeFileSync(join(folder, 'index.js'), `exports.handler = async (event, context) => { ${handler} }`)
  const fn = processFunction({
    name: 'read-group',
    region: 'us-east-1',
    folder,
    timeoutMs: 3_000,
    memoryMb: 128,
    variables: () => ({ TABLE_NAME: 'groups' }),
    onLine: (line) => lines.push(line),
    onProcess: (pid) => pids.push(pid),
    ...more,
  })
  functions.push(fn)
  return fn
}

const value = async (fn: ProcessFunction, event: unknown = {}) => {
  const outcome = await fn.invoke(event)
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error))
  return outcome.value
}

test('a function has what Lambda gives it, its own variables, and nothing of this process', async () => {
  process.env['SECRET_OF_THIS_PROCESS'] = 'x'
  const fn = deploy(
    `return { event, context, env: process.env, left: context.getRemainingTimeInMillis(), args: process.execArgv }`,
  )
  const { event, context, env, left, args } = (await value(fn, { hello: ['x'] })) as Record<
    string,
    { xRayTraceId: string } & Record<string, unknown>
  >
  expect(event).toEqual({ hello: ['x'] })
  expect(context).toEqual({
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    functionName: 'read-group',
    functionVersion: '$LATEST',
    invokedFunctionArn: fn.arn,
    logGroupName: '/aws/lambda/read-group',
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    memoryLimitInMB: '128',
    xRayTraceId: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
  })
  expect(env).toMatchObject({
    TABLE_NAME: 'groups',
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: folder,
    _X_AMZN_TRACE_ID: context!.xRayTraceId,
  })
  expect(env).not.toHaveProperty('SECRET_OF_THIS_PROCESS')
  expect(left).toBeGreaterThan(2000)
  expect(left).toBeLessThanOrEqual(3000)
  expect(args).toContain('--max-old-space-size=116')
  expect(await fn.invoke({})).toMatchObject({ requestId: expect.any(String), durationMs: expect.any(Number) })
})

test('one process takes one invocation after another; those that come at once have one each, and a new one is cold', async () => {
  const fn = deploy(`
    globalThis.taken = (globalThis.taken ?? 0) + 1
    await new Promise((resolve) => setTimeout(resolve, event.ms ?? 0))
    return { pid: process.pid, taken: globalThis.taken }`)
  const first = await value(fn)
  expect(await value(fn)).toEqual({ ...(first as object), taken: 2 })
  const both = (await Promise.all([value(fn, { ms: 100 }), value(fn, { ms: 100 })])) as { pid: number; taken: number }[]
  expect(both.map(({ taken }) => taken)).toEqual([3, 1])
  expect(new Set(both.map(({ pid }) => pid)).size).toBe(2)
  expect(fn).toMatchObject({ coldStarts: 2, counts: { invocations: 4, succeeded: 4, mostAtOnce: 2, running: 0 } })
  await fn.renew()
  expect(await value(fn)).toMatchObject({ taken: 1 })
  expect(fn.coldStarts).toBe(3)
})

test('what is over its concurrency is refused, as Lambda throttles', async () => {
  const fn = deploy(`await new Promise((resolve) => setTimeout(resolve, 300))`, { concurrency: 1 })
  const outcomes = await Promise.all([fn.invoke({}), fn.invoke({})])
  expect(outcomes).toMatchObject([
    { ok: true, value: null },
    { ok: false, error: { errorType: 'TooManyRequestsException' } },
  ])
  expect(fn.coldStarts).toBe(1)
})

test('what it throws is the outcome, and the process goes on', async () => {
  const fn = deploy(`if (event.bad) throw new RangeError('no such group'); return process.pid`)
  const pid = await value(fn)
  expect(await fn.invoke({ bad: true })).toMatchObject({
    ok: false,
    timedOut: false,
    error: {
      errorType: 'RangeError',
      errorMessage: 'no such group',
      trace: expect.arrayContaining(['RangeError: no such group']),
    },
  })
  expect(await value(fn)).toBe(pid)
  expect(lines).toEqual([expect.stringContaining('ERROR\tInvoke Error')])
})

test('what takes too long is killed, the log says so, and the next invocation starts anew', async () => {
  const fn = deploy(`if (event.hang) for (;;); return process.pid`, { timeoutMs: 300 })
  const pid = await value(fn)
  const outcome = await fn.invoke({ hang: true })
  const errorMessage = `RequestId: ${outcome.requestId} Error: Task timed out after 0.30 seconds`
  expect(outcome).toMatchObject({ ok: false, timedOut: true, error: { errorType: 'Sandbox.Timedout', errorMessage } })
  expect(lines).toEqual([expect.stringMatching(`${outcome.requestId} Task timed out after 0.30 seconds$`)])
  expect(await value(fn)).not.toBe(pid)
  expect(fn.counts).toMatchObject({ succeeded: 2, timedOut: 1, failed: 0 })
})

test('in the log format JSON, what Lambda and its client write is JSON, too', async () => {
  const fn = deploy(`if (event.hang) for (;;); throw new RangeError('no such group')`, {
    logFormat: 'JSON',
    timeoutMs: 500,
  })
  await fn.invoke({})
  const { requestId } = await fn.invoke({ hang: true })
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'ERROR', message: { errorType: 'RangeError', errorMessage: 'no such group' } },
    {
      type: 'platform.report',
      record: { requestId, status: 'Sandbox.Timedout', why: 'Task timed out after 0.50 seconds' },
    },
  ])
})

test('a process that ends by itself, or takes more memory than it has, fails its invocation', async () => {
  const fn = deploy(`
    if (event.exit) process.exit(3)
    const all = []
    for (;;) all.push(new Array(100_000).fill(Math.random()))`)
  expect(await fn.invoke({ exit: true })).toMatchObject({
    error: {
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/ Runtime exited with error: exit status 3$/),
    },
  })
  expect(await fn.invoke({})).toMatchObject({
    error: {
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/ Runtime exited with error: signal: aborted$/),
    },
  })
  expect(lines.join('\n')).toContain('heap out of memory')
})

test('what throws when it is loaded fails its invocation with that, and the next one loads it again', async () => {
  const fn = deploy('return 1')
  writeFileSync(join(folder, 'index.js'), 'throw new Error("TABLE_NAME must be set")')
  expect(await fn.invoke({})).toMatchObject({
    ok: false,
    timedOut: false,
    error: { errorType: 'Error', errorMessage: 'TABLE_NAME must be set' },
  })
  writeFileSync(join(folder, 'index.js'), 'exports.handler = async () => 2')
  expect(await value(fn)).toBe(2)
})

test('time that passes here passes there', async () => {
  const fn = deploy(
    'return [Date.now(), new Date().getTime(), new Date(0).getTime(), context.getRemainingTimeInMillis()]',
  )
  await value(fn)
  passTime(10 * MINUTE)
  const [now, alike, zero, left] = (await value(fn)) as number[]
  expect(Math.abs(now! - Date.now())).toBeLessThan(2000)
  expect(alike! - now!).toBeLessThan(100)
  expect(zero).toBe(0)
  expect(left).toBeGreaterThan(2000)
  expect(left).toBeLessThanOrEqual(3000)
})
