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

/** Milliseconds of CPU time that a process says it has used after so many, by the clock, of doing this. */
async function cpuTimeOf(script: string, limit: number): Promise<number> {
  share = cpuShare()
  child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  share.limit(child.pid!, limit)
  const [said] = await once(child.stdout!, 'data')
  return Number(said)
}

const busy = (milliseconds: number) => `
  const [began, start] = [process.cpuUsage(), performance.now()]
  while (performance.now() - start < ${milliseconds});
  const { user, system } = process.cpuUsage(began)
  console.log((user + system) / 1000)`

test('a process that has a twentieth of a CPU uses no more, and not nothing', async () => {
  const used = await cpuTimeOf(busy(1_000), 0.05)
  expect(used).toBeLessThan(90)
  expect(used).toBeGreaterThan(10)
})

test('one that waits is not held back for it', async () => {
  const script = `
    const start = performance.now()
    setTimeout(() => console.log(performance.now() - start), 500)`
  expect(await cpuTimeOf(script, 0.25)).toBeLessThan(700)
})
