import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { readStage } from '../scripts/read-stage.ts'
import { surroundings } from '../shared/settings/environment.ts'
import type { Settings } from '../shared/settings/schema.ts'
import { RefusedError } from '../shared/sync/refused-error.ts'

/** Where a command works. */
export interface Surroundings {
  /** What it is, for people, and what to write after a verb to work there too. */
  name: string
  flag: string
  settings: Settings
  table: string
  hints: string
  names: string
  /** Fingerprint of the settings that the stage's functions have; null where they are those that were read here. */
  deployed: string | null
}

/** Nobody said where. */
export class NowhereError extends Error {
  override name = 'NowhereError'
}

const VARIABLES = ['TABLE_NAME', 'HINT_QUEUE_URL', 'NAME_QUEUE_URL'] as const

/** Finds where a command works: a deployed stage, the local cloud, or the variables that the functions have. */
export async function findSurroundings({ stage, local }: { stage?: string; local?: boolean }): Promise<Surroundings> {
  if (stage !== undefined) return deployedStage(stage)
  if (local) {
    useLocalCloud()
    return fromEnvironment('the local cloud', '--local')
  }
  const missing = ['SETTINGS_FILE', ...VARIABLES].filter((name) => !process.env[name])
  if (missing.length === 0) return fromEnvironment(process.env['TABLE_NAME']!, '')
  const part =
    missing.length < 4 ? `; of those variables ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing` : ''
  throw new NowhereError(`where? Give --stage NAME for a deployed stage, --local for the cloud that npm run local keeps running,
or set the variables that the functions have, as a shell does by reading .local/env (SETTINGS_FILE, ${VARIABLES.join(', ')})${part}`)
}

function fromEnvironment(name: string, flag: string): Surroundings {
  const { settings, TABLE_NAME, HINT_QUEUE_URL, NAME_QUEUE_URL } = surroundings(process.env, ...VARIABLES)
  return { name, flag, settings, table: TABLE_NAME, hints: HINT_QUEUE_URL, names: NAME_QUEUE_URL, deployed: null }
}

/** The table and the queues of a stage are found by what its function reconcile was given. */
async function deployedStage(stage: string): Promise<Surroundings> {
  const { region, settings } = readStage(join('settings', `${stage}.json`))
  process.env['AWS_REGION'] = region
  const FunctionName = `q-group-sync-${stage}-reconcile`
  const lambda = new LambdaClient()
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName })).catch((error) => {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error
    throw new RefusedError(
      `there is no function ${FunctionName} in ${region}: deploy the stage, or use credentials of its account`,
    )
  })
  const { TABLE_NAME, HINT_QUEUE_URL, NAME_QUEUE_URL, SETTINGS_FINGERPRINT } = Environment?.Variables ?? {}
  if (!TABLE_NAME || !HINT_QUEUE_URL || !NAME_QUEUE_URL) {
    throw new RefusedError(`${FunctionName} has not the variables ${VARIABLES.join(', ')}: deploy the stage again`)
  }
  const deployed = SETTINGS_FINGERPRINT ?? null
  const flag = `--stage ${stage}`
  return {
    name: `stage ${stage}`,
    flag,
    settings,
    table: TABLE_NAME,
    hints: HINT_QUEUE_URL,
    names: NAME_QUEUE_URL,
    deployed,
  }
}

/** Takes on the variables that the running local cloud has written down. */
function useLocalCloud(): void {
  const file = join('.local', 'addresses.json')
  try {
    const { pid, environment } = JSON.parse(readFileSync(file, 'utf8'))
    process.kill(pid, 0)
    for (const variable of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) {
      if (environment['AWS_ACCESS_KEY_ID']) delete process.env[variable]
    }
    Object.assign(process.env, environment)
  } catch (cause) {
    throw new RefusedError('no local cloud runs here: start it by npm run local, in another terminal', { cause })
  }
}
