import { loadSettings, SettingsError } from './load-settings.ts'
import type { Settings } from './schema.ts'

/** The variables of a function, as serverless.yml sets them. */
export type Variable =
  | 'TABLE_NAME'
  | 'HINT_QUEUE_URL'
  | 'NAME_QUEUE_URL'
  | 'HINT_DEAD_LETTER_QUEUE_URL'
  | 'NAME_DEAD_LETTER_QUEUE_URL'
  | 'RECONCILE_FUNCTION'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * A function's surroundings: the settings of its stage (the file that SETTINGS_FILE names) and the variables it needs.
 * OKTA_ORG_URL goes before the settings' URL. Throws SettingsError that names every variable that is missing.
 */
export function surroundings<Name extends Variable>(
  environment: Environment,
  ...names: Name[]
): { settings: Settings } & Record<Name, string> {
  const missing = ['SETTINGS_FILE', ...names].filter((name) => !environment[name])
  if (missing.length > 0) {
    throw new SettingsError(`${missing.join(', ')} must be set in the environment, as serverless.yml does`)
  }
  const settings = loadSettings(environment['SETTINGS_FILE']!)
  const orgUrl = environment['OKTA_ORG_URL'] ?? settings.okta.orgUrl
  const values = Object.fromEntries(names.map((name) => [name, environment[name]!])) as Record<Name, string>
  return { settings: { ...settings, okta: { ...settings.okta, orgUrl } }, ...values }
}
