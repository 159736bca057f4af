import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { run } from '../../cli/run.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

/** How a command ended, and what it said. */
interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs `q-group-sync` as a process of its own, as a person without colours would. */
export async function commandProcess(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const { FORCE_COLOR, ...env } = { ...process.env, ...options.env }
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('exit', resolve)),
  ])
  return { status, stdout, stderr }
}

/** Runs `q-group-sync` in this process, by its clock, since a process takes a second to start. */
export async function command(args: string[]): Promise<Ended> {
  const said = { stdout: '', stderr: '' }
  const undo = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name]
    process[name].write = ((text: string) => {
      said[name] += text
      return true
    }) as typeof write
    return () => {
      process[name].write = write
    }
  })
  const { FORCE_COLOR } = process.env
  delete process.env['FORCE_COLOR']
  try {
    return { status: await run(args), ...said }
  } finally {
    if (FORCE_COLOR !== undefined) process.env['FORCE_COLOR'] = FORCE_COLOR
    for (const write of undo) write()
  }
}
