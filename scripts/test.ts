// All that `npm test` does: the checks, then the tests with their coverage. The last line counts the tests.
import { spawnSync } from 'node:child_process'

const args = process.argv.slice(2)
const check = args.length > 0 ? 0 : run('scripts/check.ts')
const tests = run('node_modules/vitest/vitest.mjs', 'run', ...(args.length > 0 ? args : ['--coverage']))
process.exitCode = check || tests

function run(file: string, ...rest: string[]): number {
  return spawnSync(process.execPath, [file, ...rest], { stdio: 'inherit' }).status ?? 1
}
