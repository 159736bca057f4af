import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** Holds processes to a share of one CPU, each. */
export interface CpuShare {
  /** From now on this process, with all its threads, has so much of one CPU: 0.5 is half of it, 2 are two. */
  limit(pid: number, share: number): void
  close(): Promise<void>
}

/**
 * Limits the CPU time of processes as Lambda does, which is by CFS bandwidth control: in each 20 ms, all threads of a
 * process together have their share; who has used it up waits for the next 20 ms. Waiting for anything costs nothing.
 *
 * It takes no rights and no cgroup: a thread of its own looks every millisecond at the CPU time in /proc/PID/task/TID/schedstat,
 * stops the process (SIGSTOP) when its share is used up, and lets it go on (SIGCONT) when there is more. What it used too
 * much until it was seen is taken off the next share.
 * @throws Error elsewhere than on Linux
 */
export function cpuShare(): CpuShare {
  if (!existsSync('/proc/self/schedstat')) {
    throw new Error('the CPU share needs /proc/PID/schedstat, which Linux has: run npm run bench there')
  }
  const worker = new Worker(new URL('./cpu-share-worker.ts', import.meta.url))
  return {
    limit: (pid, share) => worker.postMessage({ pid, share }),
    close: async () => {
      await worker.terminate()
    },
  }
}
