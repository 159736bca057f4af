// The thread behind cpu-share.ts.
import { readdirSync, readFileSync } from 'node:fs'
import { parentPort, receiveMessageOnPort } from 'node:worker_threads'

interface Limited {
  pid: number
  /** CPU time for each period, in milliseconds. */
  quota: number
  /** What is left of it. */
  left: number
  used: number
  isStopped: boolean
}

const PERIOD = 20
const LOOK_EVERY = 1

const limited = new Set<Limited>()
const still = new Int32Array(new SharedArrayBuffer(4))
let periodEnds = performance.now() + PERIOD

for (;;) {
  for (let got = receiveMessageOnPort(parentPort!); got; got = receiveMessageOnPort(parentPort!)) {
    const { pid, share } = got.message as { pid: number; share: number }
    limited.add({ pid, quota: share * PERIOD, left: share * PERIOD, used: 0, isStopped: false })
  }
  const now = performance.now()
  const periods = now < periodEnds ? 0 : 1 + Math.floor((now - periodEnds) / PERIOD)
  periodEnds += periods * PERIOD
  for (const each of limited) {
    try {
      hold(each, periods)
    } catch {
      // It is gone.
      limited.delete(each)
    }
  }
  Atomics.wait(still, 0, 0, limited.size > 0 ? LOOK_EVERY : PERIOD / 10)
}

function hold(each: Limited, periods: number): void {
  const used = cpuTime(each.pid)
  each.left -= used - each.used
  each.used = used
  // A share that wasn't used isn't kept, as in CFS.
  if (periods > 0) each.left = Math.min(each.quota, each.left + periods * each.quota)
  if (each.left > 0 === !each.isStopped) return
  each.isStopped = !each.isStopped
  process.kill(each.pid, each.isStopped ? 'SIGSTOP' : 'SIGCONT')
}

/** Of all threads, in milliseconds. */
function cpuTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => sum + timeOf(`/proc/${pid}/task/${thread}/schedstat`), 0)
}

function timeOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ', 1)[0]) / 1e6
  } catch {
    return 0
  }
}
