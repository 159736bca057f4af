import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { type CpuShare, cpuShare } from '../../bench/parts/cpu-share.ts'

let share: CpuShare
let child: ChildProcess

afterEach(async () => {
  child.kill('SIGKILL')
  await share.close()
})

/** What a process says of itself, once with a share of a CPU and once without a limit. */
async function saidBy(script: string, limit: number): Promise<{ limited: number; free: number }> {
  share = cpuShare()
  const said = async (of: number | null) => {
    child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    if (of !== null) share.limit(child.pid!, of)
    const [words] = await once(child.stdout!, 'data')
    return Number(words)
  }
  return { free: await said(null), limited: await said(limit) }
}

const busy = (milliseconds: number) => `
  const [began, start] = [process.cpuUsage(), performance.now()]
  while (performance.now() - start < ${milliseconds});
  const { user, system } = process.cpuUsage(began)
  console.log((user + system) / 1000)`

test('a process that has a twentieth of a CPU uses much less than one that is free, and not nothing', async () => {
  const { limited, free } = await saidBy(busy(1_000), 0.05)
  expect(limited).toBeLessThan(free / 2)
  expect(limited).toBeGreaterThan(0)
})

test('one that waits is not held back for it', async () => {
  const script = `
    const start = performance.now()
    setTimeout(() => console.log(performance.now() - start), 500)`
  const { limited, free } = await saidBy(script, 0.25)
  expect(limited).toBeLessThan(2 * free)
})
