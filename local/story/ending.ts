import { styleText } from 'node:util'
import { say, write } from './terminal.ts'

/** What to try next: each works as pasted, at the project's root; the second while the first runs in another terminal. */
export const COMMANDS: readonly { command: string; text: string }[] = [
  {
    command: 'npm run local',
    text: 'keeps all of this running, with an org of your own to fill: start it in another terminal.',
  },
  {
    command: [
      `. .local/env && curl -sS -w '\\n' "$OKTA/api/v1/groups" \\`,
      `  -H "$OKTA_AUTH" -H 'content-type: application/json' \\`,
      `  -d '{"profile":{"name":"designers '$(date +%T)'"}}'`,
    ].join('\n'),
    text: 'creates a group in that Okta. Its PutGroup shows up in the other terminal, which also says what to do next.',
  },
  { command: 'npm test', text: 'runs all checks and tests; this story is one of them.' },
]

/** Says what to try next. */
export function sayWhatToTry(): void {
  write(styleText('bold', 'Try it yourself, at the root of the project'))
  for (const { command, text } of COMMANDS) {
    write()
    for (const line of command.split('\n')) write(`   ${styleText('cyan', line)}`)
    say(text, { indent: 3 })
  }
}
