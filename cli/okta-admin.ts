// What changes Okta, in a module of its own: loading Okta's SDK takes long.
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { type OktaCredentials, type Send, sendOkta, whyNoToken } from '../shared/okta/client.ts'
import { readSecret } from '../shared/okta/read-secret.ts'
import { CredentialsError, credentials } from '../shared/okta/sign-in.ts'
import type { Settings } from '../shared/settings/schema.ts'
import { RefusedError } from '../shared/sync/refused-error.ts'

export { registerHook } from '../shared/okta/event-hooks.ts'

const MANAGE = 'okta.eventHooks.manage'
const TIMEOUT = 90_000

/**
 * Okta, to manage event hooks: as the stage's service app, or with the API token in OKTA_CLIENT_TOKEN where that is set. Throws
 * RefusedError where the app may not.
 */
export async function oktaAdminOf({ okta }: Settings): Promise<Send> {
  const token = process.env['OKTA_CLIENT_TOKEN']
  if (token) return sendOkta(okta.orgUrl, { token }, TIMEOUT, [MANAGE])
  const text = await readSecret(new SecretsProvider(), okta.credentials, 0)
  const parsed = credentialsIn(okta.credentials, text)
  if (!('token' in parsed)) {
    const refused = await whyNoToken(okta.orgUrl, parsed, TIMEOUT, [MANAGE])
    if (refused !== null) {
      throw new RefusedError(
        `Okta gives the service app ${parsed.clientId} no token for ${MANAGE} (${refused.error}): grant the scope to it in Okta's console, or set OKTA_CLIENT_TOKEN to an administrator's API token`,
      )
    }
  }
  return sendOkta(okta.orgUrl, parsed, TIMEOUT, [MANAGE])
}

function credentialsIn(secret: string, text: string): OktaCredentials {
  try {
    return credentials.parse(JSON.parse(text)) as OktaCredentials
  } catch {
    // The cause would carry the secret.
    throw new CredentialsError(secret)
  }
}
