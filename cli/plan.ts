import { hasWork } from '../shared/membership/stage-plan.ts'
import { planStage } from '../shared/sync/plan-stage.ts'
import { planMarkdown } from './plan-markdown.ts'
import { planText } from './plan-text.ts'
import { progress, warn, write } from './terminal.ts'
import { DONE, TO_DO, type Verb, wordFaults } from './verb.ts'

/** What a run would do now, by these settings. It writes nothing. */
export const plan: Verb = {
  about: 'shows what a run would do now, and writes nothing; exit status 3 where there is something to do',
  usage: ['plan [--json | --markdown] [--all]'],
  options: {
    json: { about: 'as one JSON object' },
    markdown: { about: 'for a pull request or a ticket' },
    all: { about: 'shows everybody of long lists' },
  },
  faults: (given) => [
    ...wordFaults(given),
    ...(given.options['json'] && given.options['markdown'] ? ['--json and --markdown are two forms: give one'] : []),
  ],
  async run({ snapshot, directory, userStore, clock, stage, at }, { options }) {
    const reading = progress('Groups read')
    const ports = { snapshot, directory: await directory(), userStore, clock, progress: reading.tell }
    const planned = await planStage(ports, stage).finally(reading.end)
    const { fingerprint } = planned.settings
    if (at.deployed !== null && at.deployed !== fingerprint) {
      warn(`These settings are not those that are deployed (${fingerprint} here, ${at.deployed} there).`)
    }
    if (options['json']) write(JSON.stringify({ ...planned, hasWork: hasWork(planned) }, null, 2))
    else if (options['markdown']) write(planMarkdown(planned, at))
    else write(planText(planned, { ...at, all: options['all'] === true }))
    return hasWork(planned) ? TO_DO : DONE
  },
}
