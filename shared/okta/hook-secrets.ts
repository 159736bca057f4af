import { createHash, timingSafeEqual } from 'node:crypto'
import type { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { readSecret } from './read-secret.ts'

/** Answers whether an Authorization header is one of the secrets that are live. Throws SecretError where the secret store has no answer. */
export type IsSecret = (given: string) => Promise<boolean>

/** An unknown secret makes it look once more in the secret store, at most this often, in milliseconds. */
const LOOK_AGAIN_AFTER = 30_000

/**
 * The hook's secrets: the secret's text, or while it is rotated a JSON list of both.
 * @param now the clock, epoch milliseconds
 */
export function hookSecrets(secrets: SecretsProvider, secret: string, now: () => number): IsSecret {
  let live: Buffer[] = []
  let lookedAt = Number.NEGATIVE_INFINITY
  return async (given) => {
    if (live.length > 0 && isOneOf(given, live)) return true
    if (now() - lookedAt < LOOK_AGAIN_AFTER) return false
    live = liveSecrets(await readSecret(secrets, secret, 0)).map(digest)
    lookedAt = now()
    return isOneOf(given, live)
  }
}

/** The texts that Okta's deliveries may carry by what the secret holds; the first is the newest. */
export function liveSecrets(value: string): string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    parsed = value
  }
  const all = Array.isArray(parsed) ? parsed : [value]
  return all.filter((one) => typeof one === 'string' && one !== '')
}

/** In constant time: digests are of one length, and every one is compared. */
function isOneOf(given: string, live: Buffer[]): boolean {
  const digested = digest(given)
  return live.map((one) => timingSafeEqual(one, digested)).includes(true)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
