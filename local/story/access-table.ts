import { styleText } from 'node:util'
import type { Answer } from './index-of-documents.ts'

/**
 * Who may read which document, before and after: one mark where nothing has changed, `✓ → ✗` where it has. The marks of the
 * time after stand one below the other.
 * @param width the columns there are
 */
export function accessTable(before: readonly Answer[], after: readonly Answer[], width: number): string[] {
  const people = [...new Set(after.map(({ person }) => person))]
  const documents = [...new Set(after.map(({ document }) => document))]
  const fullNames = Math.max(...people.map((person) => person.length)) + 2
  const isNarrow = fullNames + documents.length * 10 > width
  const nameOf = (person: string) => (isNarrow ? person.split(' ')[0]! : person)
  const names = Math.max(...people.map((person) => nameOf(person).length)) + 2
  const cell = Math.min(12, Math.floor((width - names) / documents.length))
  const header = documents.map((document) => shortened(document, cell - 1).padEnd(cell)).join('')
  const rows = people.map((person) => {
    const cells = documents.map((document) => {
      const isHere = (answer: Answer) => answer.person === person && answer.document === document
      const [was, is] = [before.find(isHere)?.reads, after.find(isHere)!.reads]
      return marks(was ?? is, is) + ' '.repeat(cell - 5)
    })
    return `${nameOf(person).padEnd(names)}${cells.join('').trimEnd()}`
  })
  return [styleText('dim', `${' '.repeat(names)}${header.trimEnd()}`), ...rows]
}

/** Five columns wide. */
function marks(was: boolean, is: boolean): string {
  if (was === is) return `    ${is ? styleText(['green', 'dim'], '✓') : styleText('dim', '✗')}`
  return `${styleText('dim', `${was ? '✓' : '✗'} →`)} ${is ? styleText(['bold', 'green'], '✓') : styleText(['bold', 'red'], '✗')}`
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
