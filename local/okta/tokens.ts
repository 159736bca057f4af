import type { JWK, JWTPayload } from 'jose'
import { errors, importJWK, jwtVerify } from 'jose'
import type { Ids } from './ids.ts'

/** What the service app may ask for, unless told otherwise. */
export const SCOPES = [
  'okta.groups.read',
  'okta.users.read',
  'okta.logs.read',
  'okta.eventHooks.manage',
  'okta.groups.manage',
  'okta.users.manage',
] as const

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const LONGEST_ASSERTION_S = 3600

/** Who a request comes from: the administrator whose SSWS token it is, or the service app with its scopes. */
export type Caller = { kind: 'administrator' } | { kind: 'app'; scopes: readonly string[] }

interface TokenOptions {
  ssws: string
  clientId: string
  /** The public half of the service app's key. */
  publicKey: JWK
  scopes: readonly string[]
  /** How long an access token lives, in seconds. */
  lifetimeS: number
  ids: Ids
  /** Epoch ms. */
  now: () => number
}

/** An OAuth answer: `{error, error_description}` where the status isn't 200. */
interface TokenAnswer {
  status: number
  body: Record<string, unknown>
}

/** The tokens of an org: its one SSWS token, and the access tokens given to the service app. */
export class Tokens {
  readonly #options: TokenOptions
  readonly #given = new Map<string, { scopes: string[]; until: number }>()
  readonly #usedIds = new Set<string>()

  constructor(options: TokenOptions) {
    this.#options = options
  }

  /** Who an Authorization header names; undefined is nobody, for Okta 401 E0000011. */
  caller(authorization: string | undefined): Caller | undefined {
    const [scheme, token = ''] = (authorization ?? '').split(' ')
    if (scheme === 'SSWS') return token === this.#options.ssws ? { kind: 'administrator' } : undefined
    if (scheme !== 'Bearer') return undefined
    const given = this.#given.get(token)
    return given && given.until > this.#options.now() ? { kind: 'app', scopes: given.scopes } : undefined
  }

  /** All access tokens given so far are worth nothing from now on. */
  revoke(): void {
    this.#given.clear()
  }

  /** POST /oauth2/v1/token: client_credentials with private_key_jwt. `audience` is the address that it was sent to. */
  async grant(form: URLSearchParams, audience: string): Promise<TokenAnswer> {
    const { clientId, scopes, ids, lifetimeS, now } = this.#options
    if (form.get('grant_type') !== 'client_credentials')
      return refusal(400, 'unsupported_grant_type', 'Only client_credentials is supported.')
    if (form.get('client_assertion_type') !== ASSERTION_TYPE)
      return refusal(401, 'invalid_client', `client_assertion_type must be ${ASSERTION_TYPE}.`)
    const wrong = await this.#assertionProblem(form.get('client_assertion') ?? '', audience)
    if (wrong) return refusal(401, 'invalid_client', wrong)
    const wanted = (form.get('scope') ?? '').split(' ').filter(Boolean)
    if (wanted.length === 0) return refusal(400, 'invalid_scope', 'The scope parameter is required.')
    const denied = wanted.filter((scope) => !scopes.includes(scope))
    if (denied.length > 0)
      return refusal(400, 'invalid_scope', `The scopes are not granted to ${clientId}: ${denied.join(', ')}.`)
    const token = ids.letters(48)
    this.#given.set(token, { scopes: wanted, until: now() + lifetimeS * 1000 })
    const scope = wanted.join(' ')
    return { status: 200, body: { token_type: 'Bearer', expires_in: lifetimeS, access_token: token, scope } }
  }

  async #assertionProblem(assertion: string, audience: string): Promise<string | undefined> {
    const { clientId, publicKey, now } = this.#options
    let payload: JWTPayload
    try {
      const key = await importJWK(publicKey, 'RS256')
      const verified = await jwtVerify(assertion, key, {
        algorithms: ['RS256'],
        audience,
        issuer: clientId,
        subject: clientId,
        requiredClaims: ['exp'],
        currentDate: new Date(now()),
      })
      payload = verified.payload
    } catch (error) {
      if (error instanceof errors.JOSEError) return `The client_assertion is not valid: ${error.message}.`
      throw error
    }
    if (payload.exp! - now() / 1000 > LONGEST_ASSERTION_S)
      return 'The client_assertion expires more than one hour from now.'
    if (payload.jti === undefined) return undefined
    if (this.#usedIds.has(payload.jti)) return 'The client_assertion has been used before.'
    this.#usedIds.add(payload.jti)
    return undefined
  }
}

/** Whether an app with these scopes may do what needs this one: `manage` includes `read`. */
export function allows(scopes: readonly string[], needed: string): boolean {
  return scopes.includes(needed) || scopes.includes(needed.replace(/\.read$/, '.manage'))
}

function refusal(status: number, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description } }
}
