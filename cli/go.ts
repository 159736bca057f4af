import { switchTo } from './switch-to.ts'
import { styled, write } from './terminal.ts'
import { DONE, missing, type Verb, wordFaults } from './verb.ts'

/** Lets puts begin in a new stage, or go on in one where they are stopped. */
export const go: Verb = {
  about: 'lets puts begin, or go on after a stop: what q-group-sync plan shows is put then',
  usage: ['go --reason TEXT'],
  options: { reason: { value: 'TEXT', about: 'why; it is kept with who you are' } },
  faults: (given) => [...wordFaults(given), ...missing(given, 'reason')],
  async run(parts, { options }) {
    await parts.check()
    const kept = await switchTo(parts, 'go', String(options['reason']))
    if (kept === null) return DONE
    write(
      `${styled('green', '✓')} puts go on: what has waited is put from the next minute on, as far as the guard lets it.`,
    )
    write(kept)
    return DONE
  },
}
