import { findingText } from '../doctor/doctor-text.ts'
import type { Finding } from '../doctor/finding.ts'
import { explain } from '../explain.ts'
import type { Place } from '../surroundings.ts'
import { counted, seconds, styled, write } from '../terminal.ts'
import { DONE, FAILED } from '../verb.ts'
import { deleteCommand, RIGHTS } from './examine-rights.ts'
import { inOrder, nextSteps, writeFindings } from './findings-file.ts'
import { DeniedError, InterruptedError } from './probe-error.ts'
import { findingsText, todoText } from './probe-text.ts'
import type { Ended } from './run-probe.ts'

interface End {
  name: string
  at: string
  place: Place
  /** Where the findings are written. */
  file: string
  ended: Ended
  checks: readonly Finding[]
  isJson: boolean
}

/** Says what a probe found, writes it down if it ran through, and says what is left behind. Answers the exit status. */
export function tellEnd({ name, at, place, file, ended, checks, isJson }: End): number {
  const { report, why, made, left, took } = ended
  const findings = inOrder(report.found)
  if (why === null) writeFindings(file, place, at, findings)
  const isDone = why === null && left.length === 0
  const ends = [...(why === null ? [] : [whyOf(why)]), cleanUpOf(ended, place)]
  if (isJson) {
    const groups = { made, left: left.map((each) => each.name) }
    const all = {
      stage: name,
      at,
      isDone,
      checks: [...checks, ...ends],
      findings,
      groups,
      took,
      file: why ? null : file,
    }
    write(JSON.stringify(all, null, 2))
  } else {
    if (why === null) write(`\n${findingsText(findings)}\n`)
    for (const each of ends) write(findingText([each]))
    if (why === null) {
      const all = Object.values(findings)
      const settled = all.filter(({ side }) => side !== null).length
      const sum = `${settled} of ${all.length} settled in ${seconds(took)}, and written to ${file}.`
      write(`\n${styled(isDone ? ['bold', 'green'] : 'bold', sum)}`)
      const next = todoText(nextSteps(place, file))
      if (next !== '') write(next)
    }
  }
  return isDone ? DONE : FAILED
}

function whyOf(why: Error): Finding {
  if (why instanceof InterruptedError)
    return { check: 'stopped', is: 'fault', found: 'somebody stopped it: no findings are written', mend: [] }
  if (why instanceof DeniedError) return { check: 'rights', is: 'fault', found: why.message, mend: [RIGHTS] }
  return { check: 'probe', is: 'fault', found: explain(why).replace(/\.$/, ''), mend: [] }
}

function cleanUpOf({ made, left }: Ended, { settings }: Place): Finding {
  if (left.length === 0) {
    const found =
      made === 0 ? 'nothing was made' : `${counted(made, 'name was', 'names were')} put, and all of them are gone`
    return { check: 'clean-up', is: 'well', found, mend: [] }
  }
  const found = left.map(({ name, why }) => `${name}: ${why}`).join('\n')
  return {
    check: 'clean-up',
    is: 'fault',
    found: `${left.length} of ${made} groups may still be there:\n${found}`,
    mend: ['delete them, once it lets you:', ...left.map(({ name }) => deleteCommand(settings.qBusiness, name))],
  }
}
