import type { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import * as z from 'zod/mini'
import { type Ask, askOkta, type Heard } from './client.ts'
import { readSecret } from './read-secret.ts'

/** What the secret with Okta's credentials holds, as JSON. */
export const credentials = z.union([
  z.strictObject({ clientId: z.string(), privateKey: z.string(), keyId: z.optional(z.string()) }),
  z.strictObject({ token: z.string() }),
])

/** The secret with Okta's credentials isn't what it should be. */
export class CredentialsError extends Error {
  override name = 'CredentialsError'
  readonly secret: string
  readonly remedy = 'put {"clientId", "privateKey", "keyId"} of an Okta service app into it, or {"token"}'

  constructor(secret: string) {
    super(
      `${secret} must hold {"clientId", "privateKey", "keyId"} of an Okta service app, or {"token"}: put such a value into it`,
    )
    this.secret = secret
  }
}

/** How long a credential is used before the secret is looked at again, in seconds. */
const SECRET_AGE = 300

/**
 * Okta, signed in with what the secret says now: a rotated credential is taken up within five minutes.
 * @param timeout for one request with its retries, in milliseconds
 */
export function signIn(
  secrets: SecretsProvider,
  secret: string,
  orgUrl: string,
  timeout: number,
  heard?: Heard,
): () => Promise<Ask> {
  let current: { value: string; ask: Ask } | undefined
  return async () => {
    const value = await readSecret(secrets, secret, SECRET_AGE)
    if (current?.value !== value) current = { value, ask: askWith(value) }
    return current.ask
  }

  function askWith(value: string): Ask {
    try {
      return askOkta(orgUrl, credentials.parse(JSON.parse(value)), timeout, heard)
    } catch {
      // The cause would carry the secret.
      throw new CredentialsError(secret)
    }
  }
}
