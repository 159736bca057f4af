// Types, style and dead code: what `npm run check` prints is a fault.
import { spawnSync } from 'node:child_process'

const checks: [string, string[]][] = [
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.']],
  ['style', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
  ['dead code and dependencies', ['node_modules/knip/bin/knip.js', '--no-progress']],
]

let failed = 0
for (const [what, [file, ...args]] of checks) {
  const { status } = spawnSync(process.execPath, [file!, ...args], { stdio: 'inherit' })
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${what}`)
  if (status !== 0) failed++
}
process.exitCode = failed > 0 ? 1 : 0
