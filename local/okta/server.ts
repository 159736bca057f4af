import { generateKeyPair } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import type { DeliveryTiming } from './deliveries.ts'
import { Deliveries } from './deliveries.ts'
import { eventHookRoutes } from './event-hook-routes.ts'
import { Faults } from './faults.ts'
import { groupRoutes } from './group-routes.ts'
import { createHandler } from './handler.ts'
import { createIds } from './ids.ts'
import type { By } from './log-event.ts'
import { NO_CLIENT } from './log-event.ts'
import { logRoutes } from './log-routes.ts'
import { Org } from './org.ts'
import { publicRoutes } from './public-routes.ts'
import { RequestLog } from './request-log.ts'
import type { Caller } from './tokens.ts'
import { SCOPES, Tokens } from './tokens.ts'
import { userRoutes } from './user-routes.ts'

const TIMING: DeliveryTiming = { windowMs: 10, timeoutMs: 3000, retryMs: 100 }

interface OktaOptions {
  /** Epoch ms; the machine's clock unless told. Deliveries wait by the machine's clock in any case. */
  now?: () => number
  /** On 127.0.0.1; one that is free unless told. */
  port?: number
  /** Numbers in [0, 1) for ids and shuffles; Math.random unless told. */
  random?: () => number
  clientId?: string
  /** A private RSA key as JWK in JSON; a new one unless told. */
  privateKey?: string
  /** Scopes granted to the service app. */
  scopes?: readonly string[]
  /** Whether the service app's tokens are bound to a key by DPoP; off unless told. */
  dpop?: 'required' | 'off'
  /** How long an access token lives, in seconds; 3,600 unless told. */
  tokenLifetimeS?: number
  timing?: Partial<DeliveryTiming>
}

/** A running org. */
export interface Okta {
  /** Without a slash at its end, as the SDK wants it. */
  url: string
  /** The SSWS token, which may do everything. */
  token: string
  clientId: string
  /** The service app's private key as JWK in JSON (RSA). */
  privateKey: string
  /** The state: change it here, and see what the API would show. */
  org: Org
  /** How it is to misbehave. */
  faults: Faults
  /** What it was asked. */
  requests: RequestLog
  /** What it sent to event hooks. */
  deliveries: Deliveries
  tokens: Tokens
  /** When no delivery is under way or waiting. */
  deliveriesSettled(): Promise<void>
  /** Ends all connections and gives up all deliveries. */
  close(): Promise<void>
}

/**
 * Starts an Okta org on loopback. Not modelled: group rules, event filters, previews of hooks, other actors than the
 * administrator and the service app, asynchronous steps (`transitioningToStatus`), and whatever a synchronizer doesn't call.
 */
export async function startOkta(options: OktaOptions = {}): Promise<Okta> {
  const {
    now: machineNow = Date.now,
    random = Math.random,
    port = 0,
    scopes = SCOPES,
    tokenLifetimeS = 3600,
    dpop = 'off',
  } = options
  const timing = { ...TIMING, ...options.timing }
  const ids = createIds(random)
  const faults = new Faults()
  const now = () => machineNow() + faults.clockAheadMs
  const org = new Org(now, ids)
  const requests = new RequestLog()
  const token = ids.okta('00') + ids.letters(22)
  const clientId = options.clientId ?? ids.okta('0oa')
  const privateKey = options.privateKey ?? (await newKey(ids.letters(8)))
  const { kty, n, e } = JSON.parse(privateKey)
  const publicKey = { kty, n, e }
  const tokens = new Tokens({ ssws: token, clientId, publicKey, scopes, lifetimeS: tokenLifetimeS, ids, now, dpop })
  const closing = new AbortController()
  let url = ''

  const administrator = ids.okta('00u')
  const by = (caller: Caller, rawUserAgent = '', requestUri: string): By => ({
    actor:
      caller.kind === 'app'
        ? {
            id: clientId,
            type: 'PublicClientApp',
            alternateId: clientId,
            displayName: 'Service app',
            detailEntry: null,
          }
        : {
            id: administrator,
            type: 'User',
            alternateId: 'admin@example.com',
            displayName: 'Admin Example',
            detailEntry: null,
          },
    client: { ...NO_CLIENT, userAgent: { rawUserAgent, os: 'Unknown', browser: 'UNKNOWN' }, ipAddress: '127.0.0.1' },
    transactionId: ids.letters(27),
    requestUri,
  })

  const routes = [...publicRoutes, ...groupRoutes, ...userRoutes, ...logRoutes, ...eventHookRoutes]
  const signal = closing.signal
  const parts = { org, faults, tokens, requests, routes, url: () => url, by, hookTimeoutMs: timing.timeoutMs, signal }
  const server = createServer(createHandler(parts))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const deliveries = new Deliveries({ org, faults, url, random, timing })
  org.log.onWrite((event) => deliveries.note(event))

  return {
    url,
    token,
    clientId,
    privateKey,
    org,
    faults,
    requests,
    deliveries,
    tokens,
    deliveriesSettled: () => deliveries.settled(),
    close: async () => {
      deliveries.close()
      closing.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function newKey(kid: string): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256' })
}
