import { type InvocationType, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lambdaFunction } from '../../../local/lambda/lambda-function.ts'
import type { LocalServer } from '../../../local/lambda/listen.ts'
import { startLambda } from '../../../local/lambda/server.ts'

let lambda: LocalServer
let client: LambdaClient
const contexts: Context[] = []

const echo = lambdaFunction({
  name: 'q-group-sync-dev-replay',
  memoryMb: 256,
  timeoutMs: 5000,
  handler: async (event: { wanted?: string }, context) => {
    contexts.push(context)
    return { got: event, remaining: context.getRemainingTimeInMillis() }
  },
})
const fails = lambdaFunction({
  name: 'fails',
  handler: async () => {
    class NotWhole extends Error {
      override name = 'NotWhole'
    }
    throw new NotWhole('page 3 is null')
  },
})
const throwsAString = lambdaFunction({
  name: 'throws-a-string',
  handler: () => {
    throw 'out'
  },
})
const slow = lambdaFunction({ name: 'slow', timeoutMs: 60, handler: () => new Promise(() => {}) })
const finish: (() => void)[] = []
const background = lambdaFunction({
  name: 'background',
  timeoutMs: 10_000,
  handler: async (event: { megabytes?: number }) => {
    await new Promise<void>((resolve) => finish.push(resolve))
    return 'x'.repeat((event.megabytes ?? 0) * 1024 * 1024)
  },
})
const nothing = lambdaFunction({ name: 'nothing', handler: async () => undefined })

beforeAll(async () => {
  lambda = await startLambda([echo, fails, throwsAString, slow, background, nothing])
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  client = new LambdaClient({ endpoint: lambda.url, region: 'us-east-1', credentials, maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  await lambda.close()
})

async function invoke(FunctionName: string, payload?: unknown, InvocationType?: InvocationType) {
  const Payload = payload === undefined ? undefined : typeof payload === 'string' ? payload : JSON.stringify(payload)
  const answer = await client.send(new InvokeCommand({ FunctionName, InvocationType, Payload }))
  const text = answer.Payload?.transformToString()
  return { ...answer, result: text ? JSON.parse(text) : undefined }
}

test('RequestResponse: the event goes in, the result and the context come out', async () => {
  const answer = await invoke(echo.name, { wanted: 'Größe' })
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
  expect(answer.FunctionError).toBeUndefined()
  expect(answer.result.got).toEqual({ wanted: 'Größe' })
  expect(answer.result.remaining).toBeGreaterThan(4000)
  expect(answer.result.remaining).toBeLessThanOrEqual(5000)
  const [context] = contexts
  expect(context).toMatchObject({
    functionName: 'q-group-sync-dev-replay',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:q-group-sync-dev-replay',
    memoryLimitInMB: '256',
    logGroupName: '/aws/lambda/q-group-sync-dev-replay',
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    awsRequestId: answer.$metadata.requestId,
  })
  await expect.poll(() => context?.getRemainingTimeInMillis()).toBeLessThan(answer.result.remaining)
})

test.each([
  'arn:aws:lambda:us-east-1:000000000000:function:q-group-sync-dev-replay',
  '000000000000:function:q-group-sync-dev-replay',
  'q-group-sync-dev-replay:$LATEST',
])('a function is found as %s', async (name) => {
  expect((await invoke(name, { wanted: 'x' })).result.got).toEqual({ wanted: 'x' })
})

test('no payload is an empty event, and no result is null', async () => {
  expect((await invoke(echo.name)).result.got).toEqual({})
  const answer = await client.send(new InvokeCommand({ FunctionName: nothing.name }))
  expect(answer.Payload?.transformToString()).toBe('null')
})

test('what a function throws comes back as Lambda tells it', async () => {
  const { StatusCode, FunctionError, result } = await invoke(fails.name)
  expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' })
  expect(result).toEqual({ errorType: 'NotWhole', errorMessage: 'page 3 is null', trace: expect.any(Array) })
  expect(result.trace[0]).toBe('NotWhole: page 3 is null')
  expect((await invoke(throwsAString.name)).result).toEqual({ errorType: 'string', errorMessage: 'out', trace: [] })
})

test('a function that runs out of time', async () => {
  const { FunctionError, result } = await invoke(slow.name)
  expect(FunctionError).toBe('Unhandled')
  expect(result).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.06 seconds$/),
  })
  expect(slow.counts).toMatchObject({ invocations: 1, timedOut: 1, running: 0 })
})

test('Event answers 202 at once, and close() waits for what it began', async () => {
  const answer = await invoke(background.name, {}, 'Event')
  expect(answer).toMatchObject({ StatusCode: 202, result: undefined })
  await expect.poll(() => background.counts.running).toBe(1)

  const second = await startLambda([background])
  await fetch(`${second.url}/2015-03-31/functions/background/invocations`, {
    method: 'POST',
    headers: { 'x-amz-invocation-type': 'Event' },
  })
  await expect.poll(() => background.counts.running).toBe(2)
  let closed = false
  const close = second.close().then(() => (closed = true))
  await expect.poll(() => fetch(second.url).catch((error: Error) => error.message)).toBe('fetch failed')
  expect(closed).toBe(false)
  finish[1]?.()
  await close
  finish[0]?.()
})

test('DryRun answers 204 and calls nothing', async () => {
  const before = echo.counts.invocations
  expect((await invoke(echo.name, {}, 'DryRun')).StatusCode).toBe(204)
  expect(echo.counts.invocations).toBe(before)
})

test('an unknown function, an unknown type, an event that is no JSON, and one that is too long', async () => {
  await expect(invoke('nobody')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    Type: 'User',
    message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody',
    $metadata: { httpStatusCode: 404 },
  })
  await expect(invoke('nobody', {}, 'DryRun')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(invoke(echo.name, {}, 'Soon' as never)).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  await expect(invoke(echo.name, '{"wanted":')).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
    $metadata: { httpStatusCode: 400 },
  })
  const megabytes = (count: number) => ({ wanted: 'x'.repeat(count * 1024 * 1024) })
  const tooLarge = { name: 'RequestTooLargeException', $metadata: { httpStatusCode: 413 } }
  await expect(invoke(echo.name, megabytes(6))).rejects.toMatchObject(tooLarge)
  await expect(invoke(echo.name, megabytes(1), 'Event')).rejects.toMatchObject(tooLarge)
  expect((await invoke(echo.name, megabytes(5))).StatusCode).toBe(200)
})

test.each([0, 5])(
  'close() answers what it has begun, %d MB, and doesn’t wait for connections that clients keep',
  async (megabytes) => {
    const server = await startLambda([background])
    const url = `${server.url}/2015-03-31/functions/background/invocations`
    const post = fetch(url, { method: 'POST', body: JSON.stringify({ megabytes }) })
    await expect.poll(() => background.counts.running).toBe(1)
    const close = server.close()
    finish.at(-1)?.()
    const answer = await (await post).text()
    expect(answer).toHaveLength(megabytes * 1024 * 1024 + 2)
    const began = performance.now()
    await close
    // A connection that is kept alive would hold it up for five seconds.
    expect(performance.now() - began).toBeLessThan(4_000)
  },
)
