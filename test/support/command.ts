import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

/** How a command ended, and what it said. */
export interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs `q-group-sync` as a process of its own, as a person without colours would. */
export async function command(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ended> {
  const { FORCE_COLOR, ...env } = { ...process.env, ...options.env }
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('exit', resolve)),
  ])
  return { status, stdout, stderr }
}
