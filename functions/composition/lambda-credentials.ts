import { fromEnv } from '@aws-sdk/credential-provider-env'

/**
 * Lambda puts a function's credentials into its environment. A bundle has this in the place of the SDK's search through
 * profiles, single sign-on and instance metadata, none of which is there: it is a third of the hook's bundle.
 */
export const defaultProvider = fromEnv
