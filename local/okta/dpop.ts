import { createHash } from 'node:crypto'
import type { JWTPayload, JWTVerifyResult } from 'jose'
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose'
import type { Ids } from './ids.ts'

/** As Okta names them in its challenges. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
/** How far `iat` may be from the clock; Okta's own tolerance isn't published. */
const TOLERANCE_S = 300
/** A nonce of Okta's lives 24 hours. */
const NONCE_MS = 24 * 3600 * 1000

/** A request that a proof has to be for. `url` is without query, and not percent-encoded. */
interface Proved {
  method: string
  url: string
  /** Of which the proof must carry the hash; none at the token endpoint, which wants a nonce instead. */
  accessToken?: string
}

/** Whose key the proof shows (its RFC 7638 thumbprint), or why it is none, in the words of RFC 9449. */
export type ProofResult =
  | { thumbprint: string; error?: undefined }
  | { error: 'invalid_dpop_proof' | 'use_dpop_nonce'; description: string }

/** A request to the API that is refused for its proof. */
export class DpopRefusal extends Error {
  override readonly name = 'DpopRefusal'
  readonly status: 400 | 401
  /** For the header WWW-Authenticate. */
  readonly challenge: string

  constructor(status: 400 | 401, error: string, description: string) {
    super(description)
    this.status = status
    this.challenge = `DPoP algs="${ALGORITHMS.join(' ')}", error="${error}", error_description="${description}"`
  }
}

/**
 * Checks DPoP proofs (RFC 9449, section 4.3), each of which can be used once.
 *
 * Sources: RFC 9449; Okta's guide to DPoP (a nonce at the token endpoint only; a `jti` isn't taken twice); for what Okta's API
 * answers, okta-sdk-nodejs issues 453 and 521 (`htu` without query, and compared with the decoded path) and
 * terraform-provider-okta issue 2392 (a proof is used up by a request that gets 429, too).
 */
export class DpopProofs {
  readonly #ids: Ids
  readonly #now: () => number
  readonly #nonces = new Map<string, number>()
  readonly #used = new Set<string>()

  constructor(ids: Ids, now: () => number) {
    this.#ids = ids
    this.#now = now
  }

  /** A nonce for the header DPoP-Nonce. */
  nonce(): string {
    const nonce = this.#ids.letters(32)
    this.#nonces.set(nonce, this.#now() + NONCE_MS)
    return nonce
  }

  /** Takes a proof, the value of the header DPoP, for a request. */
  async take(proof: string | undefined, request: Proved): Promise<ProofResult> {
    if (proof === undefined) return invalid('The DPoP proof JWT header is missing.')
    let verified: JWTVerifyResult & { key: unknown }
    try {
      const currentDate = new Date(this.#now())
      verified = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ALGORITHMS, currentDate })
    } catch (error) {
      if (error instanceof errors.JOSEError) return invalid(`The DPoP proof JWT is invalid: ${error.message}.`)
      throw error
    }
    const { payload, protectedHeader } = verified
    const wrong = this.#claimAtFault(payload, request)
    if (wrong) return invalid(`'${wrong}' claim in the DPoP proof JWT is invalid.`)
    const id = payload.jti!
    if (this.#used.has(id)) return invalid('The DPoP proof JWT has already been used.')
    this.#used.add(id)
    if (request.accessToken === undefined && !this.#isNonce(payload['nonce']))
      return { error: 'use_dpop_nonce', description: 'Authorization server requires nonce in DPoP proof.' }
    return { thumbprint: await calculateJwkThumbprint(protectedHeader.jwk!) }
  }

  #claimAtFault(payload: JWTPayload, { method, url, accessToken }: Proved): string | undefined {
    const { jti, iat } = payload
    // A method is written in capitals, and compared as it is written (RFC 9110).
    if (payload['htm'] !== method) return 'htm'
    if (payload['htu'] !== url) return 'htu'
    if (typeof iat !== 'number' || Math.abs(iat - this.#now() / 1000) > TOLERANCE_S) return 'iat'
    if (typeof jti !== 'string' || jti === '') return 'jti'
    return accessToken !== undefined && payload['ath'] !== hashOf(accessToken) ? 'ath' : undefined
  }

  #isNonce(nonce: unknown): boolean {
    return typeof nonce === 'string' && (this.#nonces.get(nonce) ?? 0) > this.#now()
  }
}

function hashOf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest('base64url')
}

function invalid(description: string): ProofResult {
  return { error: 'invalid_dpop_proof', description }
}
