import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { readStage } from '../scripts/read-stage.ts'
import { surroundings } from '../shared/settings/environment.ts'
import { SettingsError } from '../shared/settings/load-settings.ts'
import type { Settings } from '../shared/settings/schema.ts'
import { withFindings } from '../shared/settings/with-findings.ts'
import { RefusedError } from '../shared/sync/refused-error.ts'

/** Which stage a command is about, by its settings alone. */
export interface Place {
  /** What it is, for people, and what to write after a verb to work there too. */
  name: string
  flag: string
  /** The deployed stage's name; null for the local cloud, and for what the variables say. */
  stage: string | null
  settings: Settings
  settingsFile: string
}

/** Where a command works. */
export interface Surroundings extends Place {
  table: string
  hints: string
  names: string
  /** The address of the event hook; null where nobody says. */
  hook: string | null
  /** Fingerprint of the settings that the stage's functions have; null where they are those that were read here. */
  deployed: string | null
}

/** Nobody said where. */
export class NowhereError extends Error {
  override name = 'NowhereError'
}

const VARIABLES = ['TABLE_NAME', 'HINT_QUEUE_URL', 'NAME_QUEUE_URL'] as const

/** Finds where a command works: a deployed stage, the local cloud, or the variables that the functions have. */
export async function findSurroundings(where: { stage?: string; local?: boolean }): Promise<Surroundings> {
  return findDeployed(findPlace(where))
}

/** Which stage it is. Throws NowhereError, or SettingsError with everything that is wrong with its settings. */
export function findPlace({ stage, local }: { stage?: string; local?: boolean }): Place {
  if (stage !== undefined) {
    const settingsFile = join('settings', `${stage}.json`)
    const { region, settings } = readStage(settingsFile, followed)
    process.env['AWS_REGION'] = region
    return { name: `stage ${stage}`, flag: `--stage ${stage}`, stage, settings, settingsFile }
  }
  if (local) {
    useLocalCloud()
    return { name: 'the local cloud', flag: '--local', ...byVariables() }
  }
  const missing = ['SETTINGS_FILE', ...VARIABLES].filter((name) => !process.env[name])
  if (missing.length === 0) {
    return { name: process.env['TABLE_NAME']!, flag: '', ...byVariables() }
  }
  const part =
    missing.length < 4 ? `; of those variables ${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing` : ''
  throw new NowhereError(`where? Give --stage NAME for a deployed stage, --local for the cloud that npm run local keeps running,
or set the variables that the functions have, as a shell does by reading .local/env (SETTINGS_FILE, ${VARIABLES.join(', ')})${part}`)
}

function byVariables(): Pick<Place, 'stage' | 'settings' | 'settingsFile'> {
  const { settings } = surroundings(process.env, ...VARIABLES)
  const settingsFile = process.env['SETTINGS_FILE']!
  return { stage: null, settings: followed(settings, settingsFile), settingsFile }
}

/** The settings with their findings. A command goes on without those that don't fit: the doctor says what is wrong with them. */
function followed(settings: Settings, file: string): Settings {
  try {
    return withFindings(settings, file)
  } catch (error) {
    if (error instanceof SettingsError) return settings
    throw error
  }
}

/** What was deployed there: a stage's table and queues are found by what its function reconcile was given. */
export async function findDeployed(place: Place): Promise<Surroundings> {
  const { stage } = place
  const { env } = process
  const variables = stage === null ? env : await variablesOf(stage)
  const { TABLE_NAME: table, HINT_QUEUE_URL: hints, NAME_QUEUE_URL: names } = variables
  if (!table || !hints || !names) {
    throw new RefusedError(
      `${functionOf(stage!, 'reconcile')} has not the variables ${VARIABLES.join(', ')}: deploy the stage again`,
    )
  }
  const deployed = (stage === null ? null : variables['SETTINGS_FINGERPRINT']) ?? null
  return { ...place, table, hints, names, hook: variables['HOOK_URL'] || null, deployed }
}

/** A function of a deployed stage, as AWS knows it. */
export function functionOf(stage: string, name: string): string {
  return `q-group-sync-${stage}-${name}`
}

async function variablesOf(stage: string): Promise<Record<string, string | undefined>> {
  const FunctionName = functionOf(stage, 'reconcile')
  const { Environment } = await new LambdaClient()
    .send(new GetFunctionConfigurationCommand({ FunctionName }))
    .catch((error) => {
      if ((error as Error).name !== 'ResourceNotFoundException') throw error
      throw new RefusedError(
        `there is no function ${FunctionName} in ${process.env['AWS_REGION']}: deploy the stage, or use credentials of its account`,
      )
    })
  return Environment?.Variables ?? {}
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
