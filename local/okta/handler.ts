import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { DpopRefusal } from './dpop.ts'
import type { Faults } from './faults.ts'
import type { By } from './log-event.ts'
import { forbidden, OktaError } from './okta-error.ts'
import type { Org } from './org.ts'
import type { Page } from './paging.ts'
import { cursorOf, linkHeaders } from './paging.ts'
import type { RateLimitState } from './rate-limits.ts'
import { RateLimits } from './rate-limits.ts'
import type { RequestFault } from './request-faults.ts'
import type { RequestLog } from './request-log.ts'
import type { Answer, Route } from './route.ts'
import { createRouter, decoded } from './router.ts'
import type { Caller, Tokens } from './tokens.ts'
import { allows } from './tokens.ts'

interface HandlerOptions {
  org: Org
  faults: Faults
  tokens: Tokens
  requests: RequestLog
  routes: readonly Route[]
  /** The org's address, known once the server listens. */
  url: () => string
  by: (caller: Caller, userAgent: string | undefined, requestUri: string) => By
  hookTimeoutMs: number
  signal: AbortSignal
}

interface Written {
  status: number
  body: unknown
  headers?: Record<string, string | string[]> | undefined
}

/** Answers one request after another as Okta does, or as the faults say. */
export function createHandler(options: HandlerOptions) {
  const { org, faults, tokens, requests, signal } = options
  const { now, ids } = org.state
  const find = createRouter(options.routes)
  const limits = new RateLimits()
  let underWay = 0
  let turn = 0

  return async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: target = '/' } = request
    // Not relative to the org's address: a path that begins with two slashes would become a host.
    const url = new URL(options.url() + target)
    const match = find(method, url.pathname)
    const record = { at: now(), method, target, pattern: match.route?.path ?? url.pathname, status: 0 }
    requests.add(record)
    const fault = faults.requests.take(method, target, 'request')
    if (fault?.answer === 'silence') return
    underWay++
    try {
      const limit = limits.count(match.route?.bucket ?? 'token', faults.rateLimits, now())
      const state = limitState(fault, limit)
      let written: Written
      try {
        written = await answer(request, url, fault, state)
      } catch (error) {
        // Who asked has gone away in the middle of it.
        if (request.errored === error) return
        written = refusal(error)
      }
      if (fault?.answer === 'late') await sleep(fault.ms, undefined, { signal }).catch(() => undefined)
      record.status = written.status
      write(response, written, state, fault?.answer)
    } finally {
      underWay--
    }

    async function answer(from: IncomingMessage, at: URL, spoiled: RequestFault | undefined, state: RateLimitState) {
      // First, since a proof is used up by its request, whatever that gets.
      const authorized = match.route && (await authorize(from, match.route, at).catch((error: unknown) => ({ error })))
      if (spoiled?.answer === 500) throw new OktaError(500, 'E0000009', 'Internal Server Error')
      if (spoiled?.answer === 503) throw new OktaError(503, 'E0000010', 'Service is in read only mode')
      if (spoiled?.answer === 'cursor-refused') throw cursorRefusal(spoiled.status)
      if (state.isExceeded)
        throw new OktaError(429, 'E0000047', 'API call exceeded rate limit due to too many requests.')
      if (!match.route || !authorized) throw pathRefusal(match)
      if ('error' in authorized) throw authorized.error
      const caller = authorized
      const raw = await text(from)
      const isForm = from.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
      const given = await match.route.answer({
        org,
        faults,
        tokens,
        url: options.url(),
        now: now(),
        by: options.by(caller, from.headers['user-agent'], at.pathname),
        params: match.params,
        query: at.searchParams,
        body: isForm ? undefined : parsed(raw),
        form: new URLSearchParams(isForm ? raw : ''),
        dpop: headerOf(from, 'dpop'),
        hookTimeoutMs: options.hookTimeoutMs,
      })
      return given.page ? listed(given.page, at) : plain(given)
    }

    function listed(page: Page, at: URL): Written {
      const spoiled = faults.requests.take(method, target, 'list')
      const again = () => cursorOf(page.here, ++turn)
      let items = page.items
      let next = page.next === undefined ? undefined : cursorOf(page.next)
      if (spoiled?.answer === 'truncated') [items, next] = [items.slice(0, spoiled.keep ?? items.length), undefined]
      if (spoiled?.answer === 'empty-page') [items, next] = [[], again()]
      if (spoiled?.answer === 'repeated-page') next = again()
      const links = linkHeaders(at, next)
      if (spoiled?.answer === 'foreign-link')
        links.push(links.pop()!.replace(at.origin, 'https://other-org.example.com'))
      return { status: 200, body: items, headers: { link: links } }
    }
  }

  async function authorize(request: IncomingMessage, route: Route, at: URL): Promise<Caller> {
    if (route.scope === null) return { kind: 'administrator' }
    const caller = await tokens.caller({
      authorization: request.headers.authorization,
      dpop: headerOf(request, 'dpop'),
      method: request.method ?? 'GET',
      url: at.origin + decoded(at.pathname),
    })
    if (!caller) throw new OktaError(401, 'E0000011', 'Invalid token provided')
    if (caller.kind === 'app' && !allows(caller.scopes, route.scope)) throw forbidden()
    return caller
  }

  function limitState(fault: RequestFault | undefined, counted: RateLimitState): RateLimitState {
    const { concurrent } = faults.rateLimits
    // A concurrency limit shows 0 of 0 (okta.md).
    if (concurrent > 0 && underWay > concurrent) return { ...counted, limit: 0, remaining: 0, isExceeded: true }
    if (fault?.answer !== 429) return counted
    const resetSeconds = Math.floor(now() / 1000) + (fault.resetInSeconds ?? 1)
    return { ...counted, remaining: 0, resetSeconds, isExceeded: true }
  }

  function refusal(error: unknown): Written {
    // What Okta's body is then isn't known.
    if (error instanceof DpopRefusal)
      return { status: error.status, body: undefined, headers: { 'www-authenticate': error.challenge } }
    const known = error instanceof OktaError ? error : new OktaError(500, 'E0000009', 'Internal Server Error')
    if (known !== error) console.error('local Okta failed:', error)
    const causes = known.causes.map((errorSummary) => ({ errorSummary }))
    const { code, message, status } = known
    const id = `oae${ids.letters(22)}`
    return {
      status,
      body: { errorCode: code, errorSummary: message, errorLink: code, errorId: id, errorCauses: causes },
    }
  }

  function write(
    response: ServerResponse,
    { status, body, headers }: Written,
    limit: RateLimitState,
    misanswer: RequestFault['answer'] | undefined,
  ) {
    const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body))
    response.writeHead(status, {
      date: new Date(now()).toUTCString(),
      'x-okta-request-id': ids.letters(27),
      'x-rate-limit-limit': String(limit.limit),
      'x-rate-limit-remaining': String(limit.remaining),
      'x-rate-limit-reset': String(limit.resetSeconds),
      'cache-control': 'no-cache, no-store',
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(bytes.length) }),
      ...headers,
    })
    const half = bytes.subarray(0, bytes.length >> 1)
    if (misanswer === 'cut' && bytes.length === 0) response.destroy()
    else if (misanswer === 'cut') response.write(half, () => response.destroy())
    else if (misanswer === 'endless' && bytes.length > 0) response.write(half)
    else response.end(bytes)
  }
}

function plain({ status, body, headers }: Answer): Written {
  return { status: status ?? (body === undefined ? 204 : 200), body, headers }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  return request.headers[name]?.toString()
}

/** Which of these Okta answers isn't documented. */
function cursorRefusal(status: 400 | 404 | 410 = 400): OktaError {
  if (status === 404) return new OktaError(404, 'E0000007', 'Not found: Resource not found')
  return new OktaError(status, 'E0000029', 'Invalid paging request')
}

function pathRefusal(match: object): OktaError {
  return 'methodMissing' in match && match.methodMissing
    ? new OktaError(405, 'E0000022', 'The endpoint does not support the provided HTTP method')
    : new OktaError(404, 'E0000008', 'The requested path was not found')
}

function parsed(raw: string): unknown {
  if (raw === '') return undefined
  try {
    return JSON.parse(raw)
  } catch {
    throw new OktaError(400, 'E0000003', 'The request body was not well-formed.')
  }
}
