import { randomUUID } from 'node:crypto'
import type { CpuShare } from './cpu-share.ts'
import type { Surroundings } from './hook-front.ts'
import type { Measured } from './stage.ts'

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: with so much memory, a function has one CPU. */
const ONE_CPU = 1_769

/** What Okta waits for when the hook starts cold, with some memory: all times in milliseconds. */
export interface ColdAnswers {
  memoryMb: number
  /** Of a CPU. */
  share: number
  verifications: number[]
  deliveries: number[]
}

/** Has the hook verified, and events delivered to it, each time by a process that isn't there yet. */
export async function coldAnswers(
  hook: Measured,
  surroundings: Surroundings,
  cpu: CpuShare,
  memoryMb: number,
  rounds: number,
): Promise<ColdAnswers> {
  const share = memoryMb / ONE_CPU
  const { fn, verify, deliver, close } = await surroundings.front(hook, memoryMb, (pid) => cpu.limit(pid, share))
  const cold = async (ask: () => Promise<number>) => {
    const began = performance.now()
    const status = await ask()
    const ms = performance.now() - began
    if (status !== 200) throw new Error(`the hook answered ${status} with ${memoryMb} MB, after ${Math.round(ms)} ms`)
    await fn.renew()
    return ms
  }
  const [verifications, deliveries]: [number[], number[]] = [[], []]
  try {
    for (let round = 0; round < rounds; round++) {
      verifications.push(await cold(verify))
      deliveries.push(await cold(() => deliver(`00g-${randomUUID()}`)))
    }
  } finally {
    await close()
  }
  return { memoryMb, share, verifications, deliveries }
}
