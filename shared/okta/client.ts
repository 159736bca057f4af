import { Client, DefaultRequestExecutor } from '@okta/okta-sdk-nodejs'

/** How to sign in to Okta: a service app's key (private_key_jwt), or an API token. */
export type OktaCredentials = { clientId: string; privateKey: string; keyId?: string } | { token: string }

/** The scopes that reading needs. */
export const SCOPES = ['okta.groups.read', 'okta.users.read', 'okta.logs.read']

/**
 * One answer of Okta's. `body` is null where Okta itself answers 404 (E0000007); `date` is the Date header in epoch
 * milliseconds; `next` is the path of the next page, null where there is none.
 */
export interface Answer {
  body: unknown
  date: number
  next: string | null
}

/** Asks Okta for a path. Throws what the SDK throws for any answer but 200 and Okta's own 404. */
export type Ask = (path: string) => Promise<Answer>

/** The same with any method, and a body as JSON. */
export type Send = (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => Promise<Answer>

/** Hears of every answer, refusals and those to a sign-in too: its Date header, and this machine's clock before and after. */
export type Heard = (date: number, sentAt: number, receivedAt: number) => void

/** What answered wasn't what Okta answers. */
export class OktaAnswerError extends Error {
  override name = 'OktaAnswerError'
}

/** Okta, to be asked with the scopes that reading needs; see sendOkta. */
export function askOkta(orgUrl: string, credentials: OktaCredentials, timeout: number, heard?: Heard): Ask {
  const send = sendOkta(orgUrl, credentials, timeout, SCOPES, heard)
  return (path) => send('GET', path)
}

/**
 * Okta, by its SDK: it signs in, waits out rate limits (429), and gives up after `timeout` milliseconds in all. Its
 * collections stop at an empty page and hide the Date header, so pages are followed here.
 */
export function sendOkta(
  orgUrl: string,
  credentials: OktaCredentials,
  timeout: number,
  scopes: readonly string[],
  heard: Heard = () => undefined,
): Send {
  const origin = new URL(orgUrl).origin
  const http = clientOf(origin, credentials, timeout, scopes, heard)
  let signedIn: Promise<unknown> | undefined

  return async (method, path, body) => {
    // Parallel first calls would each ask for a token.
    signedIn ??= http.oauth?.getAccessToken()
    await signedIn?.catch((error: unknown) => {
      signedIn = undefined
      throw error
    })
    try {
      // The method is said in capitals, as it stands in a DPoP proof.
      const response = await http.http.http(`${origin}${path}`, {
        method,
        headers: { Accept: 'application/json', ...(body !== undefined && { 'Content-Type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const { headers } = response
      const answer = await response.json()
      if (answer === null) throw new OktaAnswerError('Okta answered 200 with null')
      return { body: answer, date: dateOf(headers), next: nextPath(headers.get('link'), origin) }
    } catch (error) {
      if (isNotFound(error)) return { body: null, date: dateOf(error.headers), next: null }
      throw error
    }
  }
}

/** Why Okta gives a service app no token for these scopes, in its own words; null where it gives one. Throws where it doesn't answer. */
export async function whyNoToken(
  orgUrl: string,
  credentials: OktaCredentials,
  timeout: number,
  scopes: readonly string[],
): Promise<{ error: string; description: string } | null> {
  const { oauth } = clientOf(new URL(orgUrl).origin, credentials, timeout, scopes, () => undefined)
  const answer = (await oauth!.getAccessToken()) as Record<string, string | undefined>
  if (answer['access_token']) return null
  const error = answer['error'] ?? answer['errorCode'] ?? 'no token'
  return { error, description: answer['error_description'] ?? answer['errorSummary'] ?? '' }
}

function clientOf(
  orgUrl: string,
  credentials: OktaCredentials,
  timeout: number,
  scopes: readonly string[],
  heard: Heard,
): SignedIn {
  const signIn =
    'token' in credentials ? { token: credentials.token } : { authorizationMode: 'PrivateKey', scopes, ...credentials }
  const client: unknown = new Client({
    orgUrl,
    ...signIn,
    // The SDK's cache has no expiry: it would answer with old members.
    cacheMiddleware: null,
    requestExecutor: new Executor(
      { maxRetries: 2, requestTimeout: timeout },
      (request) => http.http.prepareRequest(request),
      heard,
    ),
  } as unknown as ConstructorParameters<typeof Client>[0])
  const http = client as SignedIn
  return http
}

function dateOf(headers: Headers): number {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date)) throw new OktaAnswerError('an answer of Okta has no Date header, by which reads are ordered')
  return date
}

/** What of the SDK's client is used besides its public types. */
interface SignedIn {
  oauth?: { getAccessToken(): Promise<unknown> }
  http: {
    http(url: string, request: Request): Promise<Response>
    prepareRequest(request: Request): Promise<void>
  }
}

interface Request {
  method?: string
  body?: string
  headers: Record<string, string>
  startTime?: unknown
}

/**
 * The SDK's executor, but that a request which it tries again gets a DPoP proof of its own, since none is taken twice, and that
 * giving up says what was answered.
 */
class Executor extends DefaultRequestExecutor {
  readonly #prove: (request: Request) => Promise<void>
  readonly #heard: Heard
  constructor(
    settings: ConstructorParameters<typeof DefaultRequestExecutor>[0],
    prove: (request: Request) => Promise<void>,
    heard: Heard,
  ) {
    super(settings)
    this.#prove = prove
    this.#heard = heard
  }
  override async fetch(
    options: Parameters<DefaultRequestExecutor['fetch']>[0],
  ): ReturnType<DefaultRequestExecutor['fetch']> {
    const request = options as unknown as Request
    const isTriedAgain = request.startTime !== undefined
    if (isTriedAgain && request.headers['DPoP'] && request.headers['Authorization']) await this.#prove(request)
    return super.fetch(options)
  }
  override async parseResponse(
    ...[request, response]: Parameters<DefaultRequestExecutor['parseResponse']>
  ): Promise<Awaited<ReturnType<DefaultRequestExecutor['parseResponse']>>> {
    const { startTime } = request as unknown as Request
    this.#heard(Date.parse(response.headers.get('date') ?? ''), Number(startTime), Date.now())
    try {
      return await super.parseResponse(request, response)
    } catch (error) {
      // A limit that isn't waited for is a plain Error of the SDK's: without the status, a log couldn't tell which.
      if ((error as Error).name === 'Error') Object.assign(error as Error, { status: response.status })
      throw error
    }
  }
}

/** 404 E0000007 is Okta's own; any other 404 is something in between, and proves nothing. */
function isNotFound(error: unknown): error is { headers: Headers } {
  const { status, errorCode } = error as { status?: number; errorCode?: string }
  return status === 404 && errorCode === 'E0000007'
}

function nextPath(link: string | null, origin: string): string | null {
  const links = (link ?? '').matchAll(/<([^>]+)>((?:\s*;\s*[\w*]+=(?:"[^"]*"|[^",;\s]*))*)/g)
  const next = [...links].find(([, , parameters]) => /;\s*rel="?next"?(?:\s|;|$)/.test(parameters!))?.[1]
  if (next === undefined) return null
  const url = new URL(next, origin)
  if (url.origin !== origin) throw new OktaAnswerError(`a next link leads to ${url.origin}, away from ${origin}`)
  return url.pathname + url.search
}
