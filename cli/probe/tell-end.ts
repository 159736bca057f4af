import type { Findings } from '../../shared/settings/findings.ts'
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
export function tellEnd(end: End): number {
  const { name, at, place, file, ended, checks, isJson } = end
  const { report, why, made, left, took } = ended
  const findings = inOrder(report.found)
  const ends = [...(why === null ? [] : [whyOf(why)]), cleanUpOf(ended, place)]
  const isDone = why === null && left.length === 0
  if (isJson) {
    const groups = { made, left: left.map((each) => each.name) }
    const written = writeDown(end, findings) ? file : null
    const checked = [...checks, ...ends]
    write(JSON.stringify({ stage: name, at, isDone, checks: checked, findings, groups, took, file: written }, null, 2))
    return isDone ? DONE : FAILED
  }
  if (why === null) write(`\n${findingsText(findings)}\n`)
  for (const each of ends) write(findingText([each]))
  if (why !== null) return FAILED
  const isWritten = writeDown(end, findings)
  const sum = `${settledIn(findings)} of ${Object.keys(findings).length} settled in ${seconds(took)}`
  write(`\n${styled('bold', `${sum}, and ${isWritten ? `written to ${file}` : 'nothing is written'}.`)}`)
  const next = isWritten ? todoText(nextSteps(place, file)) : ''
  if (next !== '') write(next)
  return isDone ? DONE : FAILED
}

/** Whether it was written: what another probe has settled isn't replaced by nothing. */
function writeDown({ file, place, at, ended }: End, findings: Findings['findings']): boolean {
  if (ended.why !== null || settledIn(findings) === 0) return false
  writeFindings(file, place, at, findings)
  return true
}

function settledIn(findings: Findings['findings']): number {
  return Object.values(findings).filter(({ side }) => side !== null).length
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
