// What `npm run local` runs: the embedded cloud, until it is told to stop.
import { parseArgs } from 'node:util'
import { type Cloud, startCloud } from './cloud.ts'
import { commandEnvironment } from './command-environment.ts'
import { registerHook } from './story/register-hook.ts'
import { showArrivals } from './story/show-arrivals.ts'
import { writeStateFiles } from './story/state-files.ts'
import { stopSignal } from './story/stop-signal.ts'
import { welcome } from './story/welcome.ts'

const USAGE = 'usage: npm run local -- [--json] [--logs] [--help]'

const HELP = `${USAGE}

Runs the whole of q-group-sync on this machine until Ctrl-C or SIGTERM: stand-ins for Okta, Amazon
Q Business and Secrets Manager, a DynamoDB, SQS, and the functions attached to them. All ports are
free ones, so a second instance may run beside it. Where everything is, is in .local/addresses.json,
and for shells in .local/env. The command q-group-sync finds it by --local.

  --json   the first line on stdout is one JSON object that says where everything is, as
           npm run local -- --json
  --logs   shows the functions' logs on stdout, as JSON lines
  --help   shows this

Each part can be replaced by another, the real one say, through the environment:

  OKTA_ORG_URL                      an Okta org, with OKTA_CLIENT_TOKEN, an API token of it;
                                    to register the event hook there is up to you
  AWS_ENDPOINT_URL_QBUSINESS        an Amazon Q Business, with APPLICATION_ID and INDEX_ID
  AWS_ENDPOINT_URL_SECRETS_MANAGER  a Secrets Manager, with OKTA_SECRET_ARN and HOOK_SECRET_ARN
  AWS_ENDPOINT_URL_DYNAMODB         a DynamoDB; the table is created where it isn't there
  AWS_ENDPOINT_URL_SQS              an SQS; the queues are created where they aren't there

AWS credentials are those of the environment, and made up where there are none.
`

const PARTS = [
  'OKTA_ORG_URL',
  'AWS_ENDPOINT_URL_QBUSINESS',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  'AWS_ENDPOINT_URL_DYNAMODB',
]

process.exitCode = await main()
process.exit()

async function main(): Promise<number> {
  const options = optionsOf()
  if (options === null) return 2
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  Object.assign(process.env, {
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: options.logs ? (process.env['POWERTOOLS_LOG_LEVEL'] ?? 'INFO') : 'SILENT',
  })
  // Who reads only the first line closes the pipe.
  process.stdout.on('error', () => {})
  try {
    await run(options)
    return 0
  } catch (error) {
    process.stderr.write(`The local cloud failed: ${(error as Error).message || error}\n`)
    return 1
  }
}

function optionsOf() {
  const options = {
    json: { type: 'boolean' },
    logs: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    return parseArgs({ options }).values
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`)
    return null
  }
}

async function run({ json }: { json?: boolean | undefined }): Promise<void> {
  const replaced = new Set(PARTS.filter((variable) => process.env[variable]))
  // One that isn't ours may check signatures.
  const indexLagMs = replaced.has('AWS_ENDPOINT_URL_DYNAMODB') ? undefined : 0
  const cloud = await startCloud({ indexLagMs })
  try {
    await show(cloud, replaced, json ?? false)
  } finally {
    await cloud.close()
  }
}

async function show(cloud: Cloud, replaced: ReadonlySet<string>, json: boolean): Promise<void> {
  // A real org couldn't reach this machine, and is nobody's to change without being asked.
  if (cloud.okta) await registerHook(cloud.addresses)
  // Nor is its token to be left in a file.
  const oktaToken = cloud.okta ? cloud.addresses.oktaToken : ''
  const addresses = { ...cloud.addresses, oktaToken, control: cloud.control }
  const files = writeStateFiles(addresses, commandEnvironment(process.env))
  try {
    if (json) process.stdout.write(`${JSON.stringify(cloud.addresses)}\n`)
    else {
      welcome(cloud, files.folder, replaced)
      showArrivals(cloud)
    }
    await stopSignal
  } finally {
    files.remove()
  }
}
