// All that `npm test` does: the checks, the quick tests, by which the coverage is measured, and the others. The last line
// counts the tests. With arguments: vitest with these, on all tests.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lineOf } from '../test/support/count-reporter.ts'

const args = process.argv.slice(2)
process.exitCode = args.length > 0 ? vitest(args) : all()

function all(): number {
  const folder = mkdtempSync(join(tmpdir(), 'q-group-sync-tests-'))
  const counts = join(folder, 'counts')
  try {
    const statuses = [
      run('scripts/check.ts'),
      vitest(['--coverage', '--project', 'quick'], counts),
      vitest(['--project', 'flows', '--project', 'own'], counts),
    ]
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const line of readFileSync(counts, 'utf8').trim().split('\n')) {
      const part = JSON.parse(line) as typeof count
      for (const state of ['passed', 'failed', 'skipped'] as const) count[state] += part[state]
    }
    console.log(`\n${lineOf(count)}`)
    return Math.max(...statuses)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function vitest(rest: string[], counts = ''): number {
  return run('node_modules/vitest/vitest.mjs', ['run', ...rest], { TEST_COUNTS: counts })
}

function run(file: string, rest: string[] = [], env: Record<string, string> = {}): number {
  return spawnSync(process.execPath, [file, ...rest], { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
}
