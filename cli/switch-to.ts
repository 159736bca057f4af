import { switchPuts } from '../shared/sync/switch-puts.ts'
import type { Parts } from './parts.ts'
import { printable, time, write } from './terminal.ts'

/** Lets puts go on, or stops them. Answers what is kept of it; null where it was so already, which is said with who did it. */
export async function switchTo(parts: Parts, to: 'go' | 'stop', reason: string): Promise<string | null> {
  const by = await parts.caller()
  const before = await switchPuts(parts, { to, by, reason }, parts.rules.mode)
  if (before.is === 'observe' || (before.is === 'put') !== (to === 'go')) {
    return `Kept with ${by} and “${printable(reason)}”.`
  }
  const { said } = before
  const who = said === null ? 'by the settings' : `by ${said.by} at ${time(said.at)} (“${printable(said.reason)}”)`
  write(`${to === 'go' ? 'Puts go on' : 'Puts are stopped'} already, ${who}.`)
  return null
}
