// What asks Okta, in a module of its own: loading Okta's SDK takes longer than most verbs.
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { directoryIn } from '../shared/okta/directory.ts'
import { signIn } from '../shared/okta/sign-in.ts'
import { userIdOf } from '../shared/okta/user-id.ts'
import type { Settings } from '../shared/settings/schema.ts'

/** One request to Okta with its retries, in milliseconds: long enough to wait for a rate limit to be reset. */
const TIMEOUT = 90_000

/** Okta, signed in by the settings. */
export async function oktaOf({ okta, members }: Settings) {
  const ask = await signIn(new SecretsProvider(), okta.credentials, okta.orgUrl, TIMEOUT)()
  return {
    /** Okta as the recipes need it, by the profile attribute that is a user's id. */
    directoryFor: (attribute: string) => directoryIn(ask, attribute),
    /** A user's id in the user store by their Okta id; null where Okta doesn't say. */
    userId: (id: string) => userIdOf(ask, members.attribute, id),
  }
}
