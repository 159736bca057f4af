import okta from '@okta/okta-sdk-nodejs'
import type { Okta } from '../../local/okta/server.ts'

const { Client } = okta

/** The real SDK with the administrator's token. */
export function administrator({ url, token }: Okta) {
  return new Client({ orgUrl: url, token, cacheMiddleware: null, requestExecutor: executor() })
}

/** The real SDK as the service app. */
export function serviceApp(
  { url, clientId, privateKey }: Okta,
  scopes = ['okta.groups.read', 'okta.users.read', 'okta.logs.read'],
  maxRetries = 0,
) {
  const authorizationMode = 'PrivateKey' as const
  return new Client({
    orgUrl: url,
    authorizationMode,
    clientId,
    privateKey,
    scopes,
    cacheMiddleware: null,
    requestExecutor: executor(maxRetries),
  })
}

function executor(maxRetries = 0) {
  return new okta.DefaultRequestExecutor({ maxRetries, requestTimeout: 10_000 })
}

/** Everything of an SDK collection. An empty page in between comes as null, and is left out. */
export async function allOf<T>(collection: Promise<AsyncIterable<T | null>>): Promise<T[]> {
  const things: T[] = []
  for await (const thing of await collection) if (thing !== null) things.push(thing)
  return things
}

/** One plain request with the administrator's token. */
export async function call(okta: Okta, method: string, path: string, body?: unknown, token = `SSWS ${okta.token}`) {
  const response = await fetch(okta.url + path, {
    method,
    headers: { authorization: token, accept: 'application/json', 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
}

/** The address of the next page in a Link header. */
export function nextOf(headers: Headers): string | undefined {
  return /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
}
