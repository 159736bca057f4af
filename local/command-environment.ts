const NAMES = [
  'AWS_REGION',
  'OKTA_ORG_URL',
  'SETTINGS_FILE',
  'TABLE_NAME',
  'HINT_QUEUE_URL',
  'NAME_QUEUE_URL',
  'HOOK_URL',
]
const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

/** The variables by which the command q-group-sync finds a local cloud. Credentials are among them only where they are made up. */
export function commandEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const credentials = environment['AWS_ACCESS_KEY_ID'] === 'local' ? CREDENTIALS : []
  const endpoints = Object.keys(environment).filter((name) => name.startsWith('AWS_ENDPOINT_URL_'))
  return Object.fromEntries(
    [...NAMES, ...credentials, ...endpoints].flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
