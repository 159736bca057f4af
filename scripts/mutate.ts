// npm run mutate [-- FILE OR FOLDER ...]: changes shared/membership and shared/sync in small ways, one at a time, and says which of
// the changes no test notices. Exit status: 0 enough are noticed; 1 too few are, in one of the folders; 2 a path leads nowhere. See
// docs/testing.md.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, matchesGlob, relative } from 'node:path'
import type { MutantResult } from '@stryker-mutator/api/core'
import { Stryker } from '@stryker-mutator/core'
import { ROOT } from './bundle.ts'

/** So many of a hundred mutants are killed in each folder, or the run has failed. */
const LEAST = 90

const nowhere = process.argv.slice(2).filter((path) => !existsSync(join(ROOT, path.split(':')[0]!)))
if (nowhere.length > 0) {
  console.error(`there is no ${nowhere.join(', no ')}: name files or folders of shared/membership and shared/sync`)
  process.exit(2)
}
const mutate = process.argv.slice(2).map((path) => {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.isDirectory() ? join(path, '*.ts') : path
})
const results = await new Stryker({
  ...(mutate.length > 0 ? { mutate } : {}),
  reporters: [process.stdout.isTTY ? 'progress' : 'progress-append-only', 'json'],
}).runMutationTest()
// Those of an earlier run that weren't asked for now are among them.
const asked = results.filter(
  ({ fileName }) =>
    mutate.length === 0 || mutate.some((path) => matchesGlob(relative(ROOT, fileName), path.split(':')[0]!)),
)
const folders = Map.groupBy(asked, ({ fileName }) => dirname(relative(ROOT, fileName)))
for (const [folder, mutants] of folders) {
  const score = tell(folder, mutants)
  if (score < LEAST) process.exitCode = 1
}

/** Prints what came of a folder's mutants, and answers how many of a hundred were killed. */
function tell(folder: string, mutants: readonly MutantResult[]): number {
  const count = (...statuses: MutantResult['status'][]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length
  const [killed, survived] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')]
  const score = (100 * killed) / (killed + survived)
  console.log(`\n${folder}: ${score.toFixed(1)} % killed`)
  console.log(
    `  ${killed} of ${killed + survived} killed, ${count('Timeout')} of them by their time; ` +
      `${survived} alive, ${count('NoCoverage')} of them in no test; ` +
      `${count('Ignored')} texts left out, ${count('RuntimeError', 'CompileError')} that can't run`,
  )
  for (const mutant of mutants)
    if (mutant.status === 'Survived' || mutant.status === 'NoCoverage') console.log(lineOf(mutant))
  return score
}

/** Where a mutant is, what stood there, and what stands there instead. */
function lineOf({ fileName, location: { start, end }, replacement, status }: MutantResult): string {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line)
  lines.push(lines.pop()!.slice(0, end.column - 1))
  const before = short(lines.join('\n').slice(start.column - 1))
  const where = `${relative(ROOT, fileName)}:${start.line}:${start.column}`
  return `  ${where}  ${before}  →  ${short(replacement ?? '')}${status === 'NoCoverage' ? '  (in no test)' : ''}`
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}...` : line
}
