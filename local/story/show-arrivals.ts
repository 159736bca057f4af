import { styleText } from 'node:util'
import type { Cloud } from '../cloud.ts'
import { actor, columns, wrap, write } from './terminal.ts'

const OFTEN = 100
const MOST_NAMED = 6

/** Shows what happens from now on: the events of the local Okta, and what arrives in the local Q Business. */
export function showArrivals({ okta, qbusiness }: Cloud): void {
  okta?.org.log.onWrite(({ published, eventType, target }) => {
    const names = (target ?? []).map(({ displayName }) => displayName)
    show(new Date(published), 'Okta', `${eventType} ${names.length > 0 ? `(${names.join(', ')})` : ''}`)
  })
  if (!qbusiness) return
  let shown = qbusiness.calls.length
  const timer = setInterval(() => {
    const { calls } = qbusiness
    while (shown < calls.length && calls[shown]!.outcome !== 'pending') {
      const { operation, groupName, members = [], at, outcome } = calls[shown++]!
      // Of a real org, nobody's address is shown.
      const who = okta && members.length <= MOST_NAMED ? members.join(', ') || 'nobody' : `${members.length} people`
      if (operation === 'PutGroup')
        show(new Date(at), 'Q Business', `PutGroup “${groupName}”: ${who}${problem(outcome)}`)
      if (operation === 'DeleteGroup') show(new Date(at), 'Q Business', `DeleteGroup “${groupName}”${problem(outcome)}`)
    }
  }, OFTEN)
  timer.unref()
}

function problem(outcome: string): string {
  return outcome === 'ok' ? '' : `, answered with ${outcome}`
}

function show(at: Date, where: string, what: string): void {
  const indent = 24
  const [first, ...more] = wrap(what, columns() - indent)
  const time = styleText('dim', at.toTimeString().slice(0, 8))
  write(`  ${time}  ${actor(where)}${first}`)
  for (const line of more) write(' '.repeat(indent) + line)
}
