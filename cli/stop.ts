import { switchTo } from './switch-to.ts'
import { styled, write } from './terminal.ts'
import { DONE, missing, type Verb, wordFaults } from './verb.ts'

/** Stops every put. */
export const stop: Verb = {
  about: 'stops every put at once, until q-group-sync go; all else goes on, and what is known waits',
  usage: ['stop --reason TEXT'],
  options: { reason: { value: 'TEXT', about: 'why; it is kept with who you are' } },
  faults: (given) => [...wordFaults(given), ...missing(given, 'reason')],
  // Whether the table fits isn't checked: a stop mustn't be refused for that.
  async run(parts, { options }) {
    const kept = await switchTo(parts, 'stop', String(options['reason']))
    if (kept === null) return DONE
    write(
      `${styled('green', '✓')} puts are stopped: none begins from now on, and one that is under way ends within seconds.`,
    )
    write(kept)
    write(styled('dim', `Lets them go on: npx q-group-sync go${parts.at.flag && ` ${parts.at.flag}`} --reason '…'`))
    return DONE
  },
}
