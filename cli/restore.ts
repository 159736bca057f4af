import { letIn } from '../shared/sync/let-in.ts'
import { restorePerson } from '../shared/sync/remove-person.ts'
import { counted, printable, styled, write } from './terminal.ts'
import { DONE, missing, type Verb, wordFaults } from './verb.ts'

/** Lets somebody in again who was removed by hand. */
export const restore: Verb = {
  about: 'lets a person in again who was removed, where Okta has them in',
  usage: ['restore USER --reason TEXT'],
  options: { reason: { value: 'TEXT', about: 'why; it is kept with who you are' } },
  faults: (given) => [...wordFaults(given, 'USER'), ...missing(given, 'reason')],
  async run(parts, { words, options }) {
    await parts.check()
    const by = await parts.caller()
    const user = words[0]!
    await restorePerson(parts, { user, by, reason: String(options['reason']) })
    const names = await letIn(parts, user)
    write(
      `${styled('green', '✓')} ${printable(user)} is kept out no more: ${counted(names, 'name', 'names')} that had them out will be put again.`,
    )
    return DONE
  },
}
