// What `npm start` runs: a story in the terminal, of an org whose groups change and of who can read what.
import { styleText } from 'node:util'
import { startCloud } from './cloud.ts'
import { sayWhatToTry } from './story/ending.ts'
import { playScene } from './story/play-scene.ts'
import { registerHook } from './story/register-hook.ts'
import { SCENES } from './story/scenes.ts'
import { stageIn } from './story/stage.ts'
import { stopSignal } from './story/stop-signal.ts'
import { rule, say, seconds, write } from './story/terminal.ts'

const INTRODUCTION = [
  'Amazon Q Business shows a document to the people and groups on its access list, and knows groups only as they were last put there. Okta knows who is in them today. q-group-sync keeps the two in step.',
  'All of this runs on this machine alone. Stand-ins play Okta and Amazon Q Business; the functions are those that are deployed. Who may read what is asked of CheckDocumentAccess, every time, before and after.',
]

// Whatever the shell is set up for: this must never reach a real org, a real index or a real account.
for (const variable of [
  'OKTA_ORG_URL',
  'AWS_ENDPOINT_URL_QBUSINESS',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  'AWS_PROFILE',
])
  delete process.env[variable]
const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }
Object.assign(process.env, credentials, { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' })

let starting: ReturnType<typeof startCloud> | undefined
let step = 'starting the local cloud'
const interrupted = stopSignal.then(() => 130)
const unread = new Promise((resolve) => process.stdout.on('error', resolve)).then(() => 1)
const told = tell().then(
  () => 0,
  (error: Error) => {
    process.stderr.write(`\n✗ Step “${step}” went wrong: ${error.message || error}\n`)
    return 1
  },
)
process.exitCode = await Promise.race([told, interrupted, unread])
const cloud = await starting?.catch(() => undefined)
await cloud?.close()
process.exit()

async function tell(): Promise<void> {
  const began = Date.now()
  write(styleText('bold', 'q-group-sync'))
  rule()
  for (const paragraph of INTRODUCTION) {
    say(paragraph)
    write()
  }
  starting = startCloud({ schedules: false })
  const cloud = await starting
  const stage = stageIn(cloud)
  await registerHook(cloud.addresses)
  say(`Okta, Amazon Q Business, DynamoDB, SQS and six functions are up after ${seconds(Date.now() - began)}`, {
    mark: '✓ ',
  })
  const documents: string[] = []
  for (const [index, scene] of SCENES.entries()) {
    step = `${index + 1}: ${scene.title}`
    await playScene(stage, scene, index + 1, documents)
  }
  stage.close()
  write()
  rule()
  say(`${stage.documents.asked} answers of CheckDocumentAccess, in ${seconds(Date.now() - began)} in all.`)
  write()
  sayWhatToTry()
}
