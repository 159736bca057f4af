import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AttachedFunctions, attach } from './attach.ts'
import type { ControlTarget } from './control/answer.ts'
import { oktaTarget } from './control/okta-target.ts'
import { dynamoDbTarget, secretsTarget } from './control/other-targets.ts'
import { qBusinessTarget } from './control/q-business-target.ts'
import { startControl } from './control/server.ts'
import { createTable, startDynamoDb } from './dynamodb.ts'
import { functionsHere } from './functions.ts'
import { type LaggingDynamoDb, startLaggingDynamoDb } from './lagging-dynamodb.ts'
import { type Okta, startOkta } from './okta/server.ts'
import { type PackagedStage, packagedFunctions } from './packaged-functions.ts'
import { type QBusiness, startQBusiness } from './q-business/server.ts'
import { createQueues, startQueues } from './queues.ts'
import { type Secrets, startSecrets } from './secrets/server.ts'
import { startSts } from './sts/server.ts'

/** Where everything is, as `npm run local -- --json` prints it. */
export interface Addresses {
  okta: string
  oktaToken: string
  hook: string
  hookSecret: string
  qbusiness: string
  dynamodb: string
  sqs: string
  lambda: string
  secrets: string
  table: string
  hintQueue: string
  nameQueue: string
  applicationId: string
  indexId: string
}

/** The embedded cloud. What the environment replaces by another isn't started, and is null here. */
export interface Cloud {
  addresses: Addresses
  okta: Okta | null
  qbusiness: QBusiness | null
  secrets: Secrets | null
  /** By which the table's indexes are made to lag; null unless `indexLagMs` was given. */
  dynamodb: LaggingDynamoDb | null
  /** Where the parts that are started here are told to misbehave, over HTTP: `<control>/okta/faults`, … */
  control: string
  functions: AttachedFunctions
  deadLetterQueues: { hints: string; names: string }
  /** Replaces the settings, and starts the functions anew. */
  deploy(settings: Record<string, unknown>): Promise<void>
  close(): Promise<void>
}

export interface CloudOptions {
  /** Settings beside those that name the parts of this cloud; a packaged stage has its own. */
  settings?: Record<string, unknown>
  /** Whether the schedules run (catch-up every minute, reconcile at night). Default true. */
  schedules?: boolean
  /** Whether the pollers run. Default true. */
  pollers?: boolean
  /**
   * Puts a proxy before the DynamoDB, which must be one that checks no signatures, with indexes that lag so many ms; 0 is not
   * yet. See lagging-dynamodb.ts.
   */
  indexLagMs?: number | undefined
  visibilitySeconds?: number
  maxReceiveCount?: number
  /**
   * Runs the functions of this packaged stage in processes of their own, not those of the source in this one. The parts
   * that are started here have the ids and secrets of its settings.
   */
  stage?: PackagedStage
}

const TABLE = 'q-group-sync'
const PARTS_OF_AWS = ['QBUSINESS', 'SECRETS_MANAGER', 'DYNAMODB', 'SQS'].map((part) => `AWS_ENDPOINT_URL_${part}`)
const HOOK_SECRET = 'local-hook-secret'
// Asked anew each time, so that a test that puts the clock ahead takes the stand-ins along.
const now = () => Date.now()

/**
 * Starts the embedded cloud: every part that the environment doesn't replace, the table, the queues, and the functions of
 * this project attached to them. It sets the variables by which the SDKs and the functions find each other.
 */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const { env } = process
  const closers: (() => Promise<void> | void)[] = []
  const part = async <Part extends { url: string; close(): Promise<void> }>(
    variable: string,
    start: () => Promise<Part>,
  ) => {
    if (env[variable]) return null
    const started = await start()
    env[variable] = started.url
    closers.push(started.close, () => void delete env[variable])
    return started
  }
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const packaged = options.stage && packagedFunctions(options.stage)
    if (packaged) env['AWS_REGION'] = packaged.region
    env['AWS_REGION'] ??= 'us-east-1'
    const isAllLocal = !PARTS_OF_AWS.some((variable) => env[variable])
    if (isAllLocal) useLocalCredentials(env)
    // Another org is another table, and the org that is started here is always another one.
    const isKept = Boolean(env['AWS_ENDPOINT_URL_DYNAMODB']) && !env['OKTA_ORG_URL']
    const table = isKept ? `${TABLE}-${randomUUID().slice(0, 8)}` : TABLE
    const signed = { now, region: env['AWS_REGION'] }
    const okta = await part('OKTA_ORG_URL', () => startOkta({ now }))
    const qbusiness = await part('AWS_ENDPOINT_URL_QBUSINESS', () =>
      startQBusiness({ ...signed, ...packaged?.settings.qBusiness }),
    )
    const secrets = await part('AWS_ENDPOINT_URL_SECRETS_MANAGER', () => startSecrets(signed))
    // Real credentials may come from a real STS.
    if (isAllLocal) await part('AWS_ENDPOINT_URL_STS', () => startSts(signed))
    await part('AWS_ENDPOINT_URL_DYNAMODB', startDynamoDb)
    const dynamodb = options.indexLagMs === undefined ? null : await putBefore(env, options.indexLagMs, closers)
    await createTable(env['AWS_ENDPOINT_URL_DYNAMODB']!, table)
    const rules = { ...options, ...(packaged && { hints: packaged.hints, names: packaged.names }) }
    const own = await part('AWS_ENDPOINT_URL_SQS', () => startQueues(rules))
    const queues = own ?? (await createQueues(env['AWS_ENDPOINT_URL_SQS']!, rules))

    const applicationId = qbusiness?.applicationId ?? required('APPLICATION_ID')
    const indexId = qbusiness?.indexId ?? required('INDEX_ID')
    const oktaToken = okta?.token ?? required('OKTA_CLIENT_TOKEN')
    const credentials = okta ? { clientId: okta.clientId, privateKey: okta.privateKey } : { token: oktaToken }
    const stageOkta = packaged?.settings.okta
    const base = {
      ...packaged?.settings,
      okta: {
        orgUrl: env['OKTA_ORG_URL'],
        ...stageOkta,
        credentials:
          secrets?.put(stageOkta?.credentials ?? 'okta', JSON.stringify(credentials)) ?? required('OKTA_SECRET_ARN'),
        hookSecret: secrets?.put(stageOkta?.hookSecret ?? 'hook', HOOK_SECRET) ?? required('HOOK_SECRET_ARN'),
      },
      qBusiness: { applicationId, indexId },
      mode: 'put',
    }
    const targets: Record<string, ControlTarget> = {
      ...(okta && { okta: oktaTarget(okta) }),
      ...(qbusiness && { qbusiness: qBusinessTarget(qbusiness) }),
      ...(secrets && { secrets: secretsTarget(secrets) }),
      ...(dynamodb && { dynamodb: dynamoDbTarget(dynamodb) }),
    }
    const control = await startControl(targets)
    closers.push(control.close)
    const folder = mkdtempSync(join(tmpdir(), 'q-group-sync-'))
    closers.push(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...base, ...options.settings }))
    Object.assign(env, {
      SETTINGS_FILE: join(folder, 'settings.json'),
      TABLE_NAME: table,
      HINT_QUEUE_URL: queues.hints,
      NAME_QUEUE_URL: queues.names,
      HINT_DEAD_LETTER_QUEUE_URL: queues.hintsDead,
      NAME_DEAD_LETTER_QUEUE_URL: queues.namesDead,
    })
    const functions = await attach(packaged ? packaged.start() : await functionsHere(), options)
    closers.push(functions.close)
    // Not for the functions: the command registers it with Okta.
    env['HOOK_URL'] = functions.hookUrl
    return {
      addresses: {
        okta: env['OKTA_ORG_URL']!,
        oktaToken,
        hook: functions.hookUrl,
        hookSecret: HOOK_SECRET,
        qbusiness: env['AWS_ENDPOINT_URL_QBUSINESS']!,
        dynamodb: env['AWS_ENDPOINT_URL_DYNAMODB']!,
        sqs: queues.url,
        lambda: functions.lambdaUrl,
        secrets: env['AWS_ENDPOINT_URL_SECRETS_MANAGER']!,
        table,
        hintQueue: queues.hints,
        nameQueue: queues.names,
        applicationId,
        indexId,
      },
      okta,
      qbusiness,
      secrets,
      dynamodb,
      control: control.url,
      functions,
      deadLetterQueues: { hints: queues.hintsDead, names: queues.namesDead },
      deploy: (settings) => functions.redeploy({ ...base, ...settings }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function putBefore(env: NodeJS.ProcessEnv, lagMs: number, closers: (() => Promise<void> | void)[]) {
  const behind = env['AWS_ENDPOINT_URL_DYNAMODB']!
  const lagging = await startLaggingDynamoDb(behind, { lagMs, now })
  env['AWS_ENDPOINT_URL_DYNAMODB'] = lagging.url
  closers.push(lagging.close, () => {
    env['AWS_ENDPOINT_URL_DYNAMODB'] = behind
  })
  return lagging
}

/** Nothing here asks AWS for anything, so nobody's real credentials are needed, or sent to loopback. */
function useLocalCredentials(env: NodeJS.ProcessEnv): void {
  for (const variable of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) delete env[variable]
  Object.assign(env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' })
}

function required(variable: string): string {
  const value = process.env[variable]
  if (value) return value
  throw new Error(`${variable} must be set too, where the environment replaces the part of the local cloud that has it`)
}
