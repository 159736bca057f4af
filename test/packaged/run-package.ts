import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../scripts/bundle.ts'

/** Runs `npm run package` as a machine does that has neither credentials nor a configuration of AWS. */
export function runPackage(...args: string[]): SpawnSyncReturns<string> {
  const home = mkdtempSync(join(tmpdir(), 'q-group-sync-home-'))
  // Another time zone than this process's, since a zip has local times.
  const env = { PATH: process.env['PATH'], HOME: home, TZ: 'Asia/Tokyo', NO_COLOR: '1' }
  try {
    return spawnSync(process.execPath, ['scripts/package.ts', ...args], { cwd: ROOT, env, encoding: 'utf8' })
  } finally {
    rmSync(home, { recursive: true })
  }
}
