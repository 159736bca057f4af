import { FINDING_NAMES, type FindingName, type Findings } from '../../shared/settings/findings.ts'
import { isCommand } from '../doctor/doctor-text.ts'
import { seconds, styled, time, wrapped } from '../terminal.ts'

/** Columns: the mark, the name, the side, and what was seen. */
const [MARK, NAME, SIDE] = [2, 21, 18]

type Found = NonNullable<Findings['findings'][FindingName]>

export function probeHeading(name: string, at: string): string {
  return styled('bold', `Probe of ${name}, ${time(at)}. It makes throwaway groups, and deletes them.`)
}

/** What was found, a line or more each; what isn't settled comes last, several with one reason. */
export function findingsText(found: Findings['findings']): string {
  const all = FINDING_NAMES.flatMap((name) => (found[name] ? [{ name, ...found[name] }] : []))
  const settled = all.filter(({ side }) => side !== null)
  const open = Map.groupBy(
    all.filter(({ side }) => side === null),
    ({ seen, remedy }) => JSON.stringify([seen, remedy]),
  )
  const heading = `${' '.repeat(MARK)}${'what'.padEnd(NAME)}${'side'.padEnd(SIDE)}what was seen`
  return [
    ...(settled.length > 0 ? [styled('dim', heading), ...settled.flatMap(settledRow)] : []),
    ...[...open.values()].flatMap(openRow),
  ].join('\n')
}

function settledRow({ name, side, seen }: Found & { name: FindingName }): string[] {
  const indent = MARK + NAME + SIDE
  const [first, ...rest] = wrapped(seen, indent)
  const is = styled('bold', sideText(name, side!).padEnd(SIDE))
  return [`${styled('green', '✓')} ${name.padEnd(NAME)}${is}${first}`, ...rest.map((line) => ' '.repeat(indent) + line)]
}

function openRow(open: readonly (Found & { name: FindingName })[]): string[] {
  const indent = MARK + NAME
  const { seen, remedy } = open[0]!
  const names = open.map(({ name }) => name).join(', ')
  const [first, ...rest] = wrapped(`${names}: ${seen}`, indent).map((line) => styled('yellow', line))
  return [
    `${styled('yellow', '!')} ${'not settled'.padEnd(NAME)}${first}`,
    ...[...rest, ...todo(remedy ?? '', indent)].map((line) => ' '.repeat(indent) + line),
  ]
}

/** A side as people read it: numbers with their unit. */
function sideText(name: FindingName, side: string | number): string {
  const [, bound, number] = /^(at (?:least|most) )?(\d+)$/.exec(String(side)) ?? []
  if (number === undefined) return String(side)
  return `${bound ?? ''}${name.endsWith('Ms') ? seconds(Number(number)) : Number(number).toLocaleString('en')}`
}

/** What to do, as below a finding of the doctor. */
export function todoText(lines: readonly string[]): string {
  return lines.flatMap((line) => (isCommand(line) ? [`    ${styled('cyan', line)}`] : todo(line, 0))).join('\n')
}

function todo(line: string, indent: number): string[] {
  return wrapped(line, indent + 2).map((part, at) => `${at === 0 ? '→ ' : '  '}${part}`)
}
