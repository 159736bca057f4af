import { styleText } from 'node:util'
import type { Cloud } from '../cloud.ts'
import { HOOK_EVENT_TYPES } from './register-hook.ts'
import { columns, rule, say, write } from './terminal.ts'

/** What is shown when everything runs: what is where, and how to try it. */
export function welcome(cloud: Cloud, folder: string, replaced: ReadonlySet<string>): void {
  write(styleText('bold', 'q-group-sync, the whole of it on this machine'))
  rule()
  for (const [name, url, what] of parts(cloud, replaced)) showPart(name, url, what)
  write()
  say('Catch-up runs every minute, reconcile at 02:00 UTC. Ctrl-C ends it all; nothing is kept.', { indent: 2 })
  write()
  say('Try it, in another terminal at the root of the project', { style: 'bold' })
  say('The addresses, as variables of the shell:', { indent: 2 })
  showCommands(`. ${folder}/env`)
  const { okta, qbusiness } = cloud
  for (const { title, commands } of [
    ...(okta ? [OKTA] : []),
    LAMBDA,
    ...(okta && qbusiness ? [qBusiness()] : []),
    COMMAND,
    ...(okta ? [CONTROL] : []),
  ]) {
    write()
    say(title, { indent: 2 })
    showCommands(...commands)
  }
  write()
  say('What happens', { style: 'bold' })
}

function parts({ addresses, okta, control }: Cloud, replaced: ReadonlySet<string>): [string, string, string][] {
  const stands = (variable: string, what: string) => (replaced.has(variable) ? `yours, by ${variable}` : what)
  return [
    ['Okta', addresses.okta, stands('OKTA_ORG_URL', 'a stand-in')],
    ['Q Business', addresses.qbusiness, stands('AWS_ENDPOINT_URL_QBUSINESS', 'a stand-in; HTTP/2 only')],
    ['DynamoDB', addresses.dynamodb, stands('AWS_ENDPOINT_URL_DYNAMODB', `dynoxide; table ${addresses.table}`)],
    ['SQS', addresses.sqs, 'fauxqs; hints.fifo, names.fifo'],
    ['Secrets Manager', addresses.secrets, stands('AWS_ENDPOINT_URL_SECRETS_MANAGER', 'a stand-in')],
    ['Event hook', addresses.hook, okta ? `verified; ${HOOK_EVENT_TYPES.length} types of events` : NOT_REGISTERED],
    ['Lambda', addresses.lambda, 'the six functions, by name'],
    ['Control', control, 'how the stand-ins misbehave: docs/stand-ins.md'],
  ]
}

const NOT_REGISTERED = 'not registered: your org must be able to reach it, by https'

const OKTA = {
  title: 'A group, and somebody in it:',
  commands: [
    `GROUP=$(curl -sS "$OKTA/api/v1/groups" -H "$OKTA_AUTH" \\`,
    `  -H 'content-type: application/json' -d '{"profile":{"name":"designers"}}' \\`,
    `  | grep -o '00g[0-9A-Za-z]*' | head -n 1)`,
    `PERSON=$(curl -sS "$OKTA/api/v1/users" -H "$OKTA_AUTH" \\`,
    `  -H 'content-type: application/json' -d '{"profile":{"firstName":"Mary",`,
    `  "lastName":"Major","login":"mary.major@example.com",`,
    `  "email":"mary.major@example.com"}}' | grep -o '00u[0-9A-Za-z]*' | head -n 1)`,
    `curl -sS -X PUT "$OKTA/api/v1/groups/$GROUP/users/$PERSON" -H "$OKTA_AUTH"`,
  ],
}

const LAMBDA = {
  title: 'A reconcile, by curl or by the aws CLI:',
  commands: [
    `curl -sS -d '{}' "$LAMBDA/2015-03-31/functions/reconcile/invocations"; echo`,
    `aws lambda invoke --endpoint-url "$LAMBDA" --no-sign-request \\`,
    `  --region us-east-1 --function-name reconcile /dev/stdout`,
  ],
}

const qBusiness = () => ({
  title: 'What Amazon Q Business says of the group:',
  commands: [
    `curl -sS --http2-prior-knowledge --aws-sigv4 aws:amz:${process.env['AWS_REGION']}:qbusiness \\`,
    `  --user local:local "$INDEX/groups/designers"; echo`,
  ],
})

const COMMAND = {
  title: 'What a run would do now, and who is held:',
  commands: ['npx q-group-sync plan --local', 'npx q-group-sync held --local'],
}

const CONTROL = {
  title: 'From now on each event comes twice (DELETE makes it right again):',
  commands: [`curl -sS -X PUT "$CONTROL/okta/faults" -d '{"deliveries":{"duplicate":1}}'`],
}

function showPart(name: string, url: string, what: string): void {
  const label = `  ${name.padEnd(17)}`
  const isWide = label.length + url.length + 2 + what.length <= columns()
  write(
    `${styleText('bold', label)}${styleText('cyan', url)}${isWide ? `${' '.repeat(Math.max(2, 29 - url.length))}${what}` : ''}`,
  )
  if (!isWide) say(what, { indent: label.length, style: 'dim' })
}

function showCommands(...lines: string[]): void {
  for (const line of lines) write(`  ${styleText('cyan', line)}`)
}
