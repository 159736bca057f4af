import { rejectHold } from '../shared/sync/reject-hold.ts'
import { people, printable, styled, write } from './terminal.ts'
import { DONE, missing, type Verb, wordFaults } from './verb.ts'

/** Keeps the people of a hold in. */
export const reject: Verb = {
  about: 'keeps the people of a hold in until Okta has them in again',
  usage: ['reject NAME --hold ID --reason TEXT'],
  options: {
    hold: { value: 'ID', about: 'the hold, as q-group-sync held says' },
    reason: { value: 'TEXT', about: 'why; it is kept with who you are' },
  },
  faults: (given) => [...wordFaults(given, 'NAME'), ...missing(given, 'hold', 'reason')],
  async run(parts, { words, options }) {
    await parts.check()
    const by = await parts.caller()
    const [name, hold, reason] = [words[0]!, String(options['hold']), String(options['reason'])]
    const count = await rejectHold(parts, { name, hold, by, reason })
    write(`${styled('green', '✓')} ${people(count)} of “${printable(name)}” stay in until Okta has them in again.`)
    write(
      `Kept with ${by} and “${printable(reason)}”. Hold ${hold} is still in q-group-sync held, and can be approved.`,
    )
    return DONE
  },
}
