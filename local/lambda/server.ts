import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { LambdaFunction } from './lambda-function.ts'
import { type LocalServer, listen, readBody } from './listen.ts'

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a synchronous payload, and an asynchronous
 * one.
 */
const LIMITS = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 }

/**
 * Lambda's Invoke API (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html) for these functions, by name,
 * partial ARN or ARN, with or without a qualifier. `close()` waits for invocations of type Event, too. Those aren't
 * tried again when they fail, as Lambda would.
 */
export async function startLambda(functions: LambdaFunction[]): Promise<LocalServer> {
  const byName = new Map(functions.map((fn) => [fn.name, fn]))
  const inBackground = new Set<Promise<unknown>>()

  const server = await listen(async (request, response) => {
    response.setHeader('x-amzn-requestid', randomUUID())
    const path = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url?.split('?')[0] ?? '')
    if (request.method !== 'POST' || !path) {
      return refuse(response, 404, 'UnknownOperationException', `no operation ${request.method} ${request.url} here`)
    }
    const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse')
    const limit = type === 'Event' ? LIMITS.Event : LIMITS.RequestResponse
    const body = await readBody(request, limit)
    const wanted = decodeURIComponent(path[1]!)
    const fn = byName.get(shortName(wanted))
    if (!fn) return refuse(response, 404, 'ResourceNotFoundException', `Function not found: ${arnOf(wanted)}`)
    if (!body) return refuse(response, 413, 'RequestTooLargeException', `Request must be smaller than ${limit} bytes`)
    const event = parse(body)
    if (!event) {
      const message = 'Could not parse request body into json'
      return refuse(response, 400, 'InvalidRequestContentException', message)
    }
    response.setHeader('X-Amz-Executed-Version', '$LATEST')
    if (type === 'DryRun') return end(response, 204)
    if (type === 'Event') {
      const invocation = fn.invoke(event.value).finally(() => inBackground.delete(invocation))
      inBackground.add(invocation)
      return end(response, 202)
    }
    if (type !== 'RequestResponse') {
      return refuse(
        response,
        400,
        'InvalidParameterValueException',
        `InvocationType ${type} is not one of Event, RequestResponse, DryRun`,
      )
    }
    const outcome = await fn.invoke(event.value)
    response.setHeader('x-amzn-requestid', outcome.requestId)
    if (!outcome.ok) response.setHeader('X-Amz-Function-Error', 'Unhandled')
    end(response, 200, outcome.ok ? outcome.value : outcome.error)
  })

  return {
    url: server.url,
    close: async () => {
      await server.close()
      await Promise.all(inBackground)
    },
  }
}

/** Of `arn:aws:lambda:region:account:function:name:qualifier`, `account:function:name`, `name:qualifier` or `name`. */
function shortName(wanted: string): string {
  return (wanted.split(':function:').at(-1) ?? wanted).split(':')[0]!
}

function arnOf(wanted: string): string {
  return wanted.startsWith('arn:') ? wanted : `arn:aws:lambda:us-east-1:000000000000:function:${shortName(wanted)}`
}

function parse(body: Buffer): { value: unknown } | undefined {
  try {
    return { value: body.length === 0 ? {} : JSON.parse(body.toString()) }
  } catch {
    return undefined
  }
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.setHeader('x-amzn-errortype', type)
  end(response, status, { Type: 'User', Message: message, message })
}

function end(response: ServerResponse, status: number, body?: unknown): void {
  response.statusCode = status
  if (body === undefined) return void response.end()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}
