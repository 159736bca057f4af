import { acceptSettings } from '../shared/sync/accept-settings.ts'
import { approveHold } from '../shared/sync/approve-hold.ts'
import { RefusedError } from '../shared/sync/refused-error.ts'
import type { Parts } from './parts.ts'
import { people, printable, shortened, styled, write } from './terminal.ts'
import { DONE, type Given, missing, type Verb, wordFaults } from './verb.ts'

/** Lets the people of a hold go, or puts settings in force. */
export const approve: Verb = {
  about: 'lets the people of a hold go who are still out in Okta, and nobody else; or puts settings in force',
  usage: ['approve NAME --hold ID --reason TEXT', 'approve --settings FINGERPRINT --reason TEXT'],
  options: {
    hold: { value: 'ID', about: 'the hold, as q-group-sync held says' },
    settings: { value: 'FINGERPRINT', about: 'the settings, as q-group-sync plan says' },
    reason: { value: 'TEXT', about: 'why; it is kept with who you are' },
  },
  faults(given) {
    if (given.options['settings'] === undefined)
      return [...wordFaults(given, 'NAME'), ...missing(given, 'hold', 'reason')]
    const both = given.options['hold'] === undefined ? [] : ['--settings and --hold are two things: give one']
    return [...wordFaults(given), ...missing(given, 'reason'), ...both]
  },
  run: (parts, given) =>
    given.options['settings'] === undefined ? approveOne(parts, given) : approveSettings(parts, given),
}

async function approveOne({ check, caller, reading }: Parts, { words, options }: Given): Promise<number> {
  const stopped = await check()
  const by = await caller()
  const [name, hold, reason] = [words[0]!, String(options['hold']), String(options['reason'])]
  const { letGo, backIn } = await approveHold(await reading(), { name, hold, by, reason })
  write(
    `${styled('green', '✓')} ${people(letGo.length)} of “${printable(name)}” ${letGo.length === 1 ? 'is' : 'are'} let go:`,
  )
  for (const line of shortened(letGo, 10)) write(`  ${styled('red', `− ${printable(line)}`)}`)
  if (backIn.length > 0) {
    write(`  ${people(backIn.length)} of hold ${hold} not: Okta has them in again, or they are out already`)
    for (const line of shortened(backIn, 10)) write(`  ${styled('dim', `= ${printable(line)}`)}`)
  }
  const when = stopped === null ? 'They leave with the next put, within seconds' : whenGo(stopped)
  write(`Kept with ${by} and “${printable(reason)}”. ${when}.`)
  return DONE
}

async function approveSettings(parts: Parts, { options }: Given): Promise<number> {
  const { check, caller, rules, at } = parts
  const stopped = await check()
  const [fingerprint, reason] = [String(options['settings']), String(options['reason'])]
  if (at.deployed !== null && at.deployed !== fingerprint) {
    throw new RefusedError(
      `the stage's functions have the settings ${at.deployed}, not ${fingerprint}: deploy them first`,
    )
  }
  const by = await caller()
  const run = await acceptSettings(parts, rules, { fingerprint, by, reason })
  write(`${styled('green', '✓')} the settings ${fingerprint} are in force.`)
  const when = stopped === null ? 'puts them into effect, from the next minute on' : `goes by them. ${whenGo(stopped)}`
  write(`Kept with ${by} and “${printable(reason)}”. The reconcile “${run}” ${when}.`)
  return DONE
}

function whenGo(stopped: string): string {
  return `Nothing is put before q-group-sync go: ${stopped}`
}
