import { counted, styled, time, wrapped } from '../terminal.ts'
import type { Finding } from './finding.ts'

const MARKS = {
  well: styled('green', '✓'),
  note: styled('yellow', '!'),
  fault: styled('red', '✗'),
  'not looked at': styled('dim', '·'),
}
/** What is found stands in a column behind the names of the checks, and what to do below it. */
const COLUMN = 20
const PLACE = ' '.repeat(COLUMN)

export function doctorHeading(name: string, at: string): string {
  return styled('bold', `Doctor of ${name}, ${time(at)}. Nothing is changed.`)
}

/**
 * Findings for a terminal, several with one reason: what was found, and below it what to do. Commands stay in one piece, to be
 * copied.
 */
export function findingText(findings: readonly Finding[]): string {
  const [first] = findings
  if (first === undefined) return ''
  const names = findings.map(({ check }) => check).join(', ')
  return textOf(findings.length === 1 ? first : { ...first, check: 'not yet', found: `${names}: ${first.found}` })
}

function textOf({ check, is, found, mend }: Finding): string {
  const name = (is === 'fault' ? styled('bold', check) : check) + ' '.repeat(Math.max(1, COLUMN - 2 - check.length))
  const [first = '', ...rest] = found.split('\n').flatMap((line) => wrapped(line.trim(), COLUMN))
  const lines = [first, ...rest].map((line) => coloured(is, line))
  const todo = mend.flatMap((each) =>
    isCommand(each)
      ? [`${PLACE}    ${styled('cyan', each)}`]
      : wrapped(each, COLUMN + 2).map((line, index) => `${PLACE}${index === 0 ? '→ ' : '  '}${line}`),
  )
  return [`${MARKS[is]} ${name}${lines[0]}`, ...lines.slice(1).map((line) => PLACE + line), ...todo].join('\n')
}

function coloured(is: Finding['is'], line: string): string {
  const style = { well: null, note: 'yellow', fault: 'red', 'not looked at': 'dim' }[is] as 'red' | null
  return style === null ? line : styled(style, line)
}

/** The sum of all findings. */
export function doctorSummary(findings: readonly Finding[]): string {
  const those = (is: Finding['is']) => findings.filter((finding) => finding.is === is).length
  const [faults, notes, left] = [those('fault'), those('note'), those('not looked at')]
  const more = [
    ...(notes > 0 ? [counted(notes, 'thing to know', 'things to know')] : []),
    ...(left > 0 ? [`${left} not looked at yet`] : []),
  ]
  if (faults > 0) return styled(['bold', 'red'], `${[counted(faults, 'fault', 'faults'), ...more].join(', ')}.`)
  return styled(['bold', 'green'], `${[`All is well in ${findings.length} checks`, ...more].join(', ')}.`)
}

/** What is to be written into a shell. */
export function isCommand(mend: string): boolean {
  return /^(npx|npm|aws|curl) /.test(mend)
}
