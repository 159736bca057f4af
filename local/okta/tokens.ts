import type { JWK, JWTPayload } from 'jose'
import { errors, importJWK, jwtVerify } from 'jose'
import { DpopProofs, DpopRefusal } from './dpop.ts'
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

/** What of a request to the API says who asks. */
interface Credentials {
  authorization: string | undefined
  /** The header DPoP. */
  dpop: string | undefined
  method: string
  /** Without query, and not percent-encoded. */
  url: string
}

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
  dpop: 'required' | 'off'
}

/** An OAuth answer: `{error, error_description}` where the status isn't 200. */
interface TokenAnswer {
  status: number
  headers?: Record<string, string>
  body: Record<string, unknown>
}

/** The tokens of an org: its one SSWS token, and the access tokens given to the service app. */
export class Tokens {
  /**
   * Whether the service app's tokens are bound to a key, the default for new service apps (okta.md). Those given before stay what
   * they are. Where it is off, proofs are ignored, as the SDK always sends one.
   */
  dpop: 'required' | 'off'
  /** What the service app is granted. */
  scopes: readonly string[]
  readonly #options: TokenOptions
  readonly #proofs: DpopProofs
  readonly #given = new Map<string, { scopes: string[]; until: number; thumbprint?: string }>()
  readonly #usedIds = new Set<string>()

  constructor(options: TokenOptions) {
    this.#options = options
    this.dpop = options.dpop
    this.scopes = options.scopes
    this.#proofs = new DpopProofs(options.ids, options.now)
  }

  /**
   * Who asks; undefined is nobody, for Okta 401 E0000011.
   * @throws DpopRefusal where the token is bound to a key, and the proof isn't one for this request
   */
  async caller({ authorization, dpop, ...request }: Credentials): Promise<Caller | undefined> {
    const [scheme, token = ''] = (authorization ?? '').split(' ')
    if (scheme === 'SSWS') return token === this.#options.ssws ? { kind: 'administrator' } : undefined
    const given = this.#given.get(token)
    if (!given || given.until <= this.#options.now()) return undefined
    // A bound token is none for a bearer, nor the other way round.
    if (scheme !== (given.thumbprint === undefined ? 'Bearer' : 'DPoP')) return undefined
    if (given.thumbprint !== undefined) {
      const proof = await this.#proofs.take(dpop, { ...request, accessToken: token })
      // RFC 9449 has 401 for both; Okta answers 400 to a proof that isn't right (the issues named in dpop.ts).
      if (proof.error) throw new DpopRefusal(400, proof.error, proof.description)
      if (proof.thumbprint !== given.thumbprint)
        throw new DpopRefusal(401, 'invalid_token', 'The access token is bound to another key.')
    }
    return { kind: 'app', scopes: given.scopes }
  }

  /** All access tokens given so far are worth nothing from now on. */
  revoke(): void {
    this.#given.clear()
  }

  /**
   * POST /oauth2/v1/token: client_credentials with private_key_jwt, and with a DPoP proof where that is required. `audience` is
   * the address that it was sent to.
   */
  async grant(form: URLSearchParams, audience: string, dpop: string | undefined): Promise<TokenAnswer> {
    const { clientId, ids, lifetimeS, now } = this.#options
    const { scopes } = this
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
    const isBound = this.dpop === 'required'
    const proof = isBound ? await this.#proofs.take(dpop, { method: 'POST', url: audience }) : undefined
    if (proof?.error) {
      const headers = proof.error === 'use_dpop_nonce' ? { headers: { 'dpop-nonce': this.#proofs.nonce() } } : {}
      return { ...refusal(400, proof.error, proof.description), ...headers }
    }
    const token = ids.letters(48)
    const bound = proof ? { thumbprint: proof.thumbprint } : {}
    this.#given.set(token, { scopes: wanted, until: now() + lifetimeS * 1000, ...bound })
    const scope = wanted.join(' ')
    const token_type = isBound ? 'DPoP' : 'Bearer'
    return { status: 200, body: { token_type, expires_in: lifetimeS, access_token: token, scope } }
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
