import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { httpApiEvent } from './http-api-event.ts'
import type { LambdaFunction } from './lambda-function.ts'
import { type LocalServer, listen, readBody } from './listen.ts'

const BODY_LIMIT = 10 * 1024 * 1024

/**
 * The front of an HTTP API: any request to it is an invocation of this one function, and what the function returns is
 * the answer. A body over 10 MB is a 413; a function that fails, or answers in no form that API Gateway knows, a 500;
 * one that takes longer than `timeoutMs` (default 29,000) a 503, while the function goes on.
 */
export async function startHttpApi(fn: LambdaFunction, options: { timeoutMs?: number } = {}): Promise<LocalServer> {
  const { timeoutMs = 29_000 } = options
  return listen(async (request, response) => {
    const requestId = randomUUID()
    response.setHeader('apigw-requestid', requestId)
    const body = await readBody(request, BODY_LIMIT)
    if (!body) return fail(response, 413, 'Request Entity Too Large')
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, undefined)
    })
    const outcome = await Promise.race([fn.invoke(httpApiEvent(request, body, requestId)), timeout])
    clearTimeout(timer)
    if (!outcome) return fail(response, 503, 'Service Unavailable')
    if (!outcome.ok) return fail(response, 500, 'Internal Server Error')
    try {
      send(response, outcome.value)
    } catch {
      fail(response, 500, 'Internal Server Error')
    }
  })
}

/** @throws where the value can't be an answer; nothing is sent then. */
function send(response: ServerResponse, value: unknown): void {
  if (typeof value !== 'object' || value === null || !('statusCode' in value)) {
    // Without a statusCode, API Gateway takes the whole value for the body.
    response.setHeader('content-type', 'application/json')
    response.end(typeof value === 'string' ? value : JSON.stringify(value))
    return
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = value as APIGatewayProxyStructuredResultV2
  const content = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8')
  for (const [name, header] of Object.entries(headers ?? {})) response.setHeader(name, String(header))
  if (cookies?.length) response.setHeader('set-cookie', cookies)
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain;charset=UTF-8')
  response.writeHead(Number(statusCode))
  response.end(content)
}

function fail(response: ServerResponse, status: number, message: string): void {
  for (const name of response.getHeaderNames()) if (name !== 'apigw-requestid') response.removeHeader(name)
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ message }))
}
