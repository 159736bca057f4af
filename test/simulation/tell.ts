import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Request } from './arguments.ts'
import { runHistory } from './history.ts'
import { emptyTally, merge, type Part, runMany, type Tally } from './many.ts'
import { drawPlan } from './plan.ts'
import { printHistory, printTally } from './print.ts'
import { shrink } from './shrink.ts'

/** How many histories a process runs before it says how far it is. */
const PART = 50

/** One history, and where it fails, the shortest that still does. */
export async function tellOne(seed: number, { scenario }: Request): Promise<number> {
  const plan = drawPlan(seed, scenario)
  const outcome = await runHistory(plan, true)
  const first = outcome.violations[0]
  if (first === undefined) {
    console.log(`${printHistory(plan, outcome)}\nnothing is wrong`)
    return 0
  }
  const shortest = await shrink(plan, first.invariant)
  const shorter = await runHistory(shortest, true)
  console.log(printHistory(shortest, shorter))
  console.log(`shrunk from ${plan.steps.length} steps to ${shortest.steps.length}`)
  return 1
}

/** Many histories, counted. */
export async function tellMany(request: Request): Promise<number> {
  let tally = emptyTally()
  let isStopped = false
  const { seeds, from, scenario } = request
  process.once('SIGINT', () => {
    isStopped = true
  })
  console.log(`${seeds.toLocaleString('en-US')} histories from seed ${from} on, scenario ${scenario}`)
  const bar = progress(seeds)
  const told = (part: Tally) => {
    tally = merge(tally, part)
    bar(tally.histories, tally.failed.length)
  }
  if (request.cores === 1) {
    for (let done = 0; done < request.seeds && !isStopped; done += PART) {
      const part = {
        from: request.from + done,
        seeds: Math.min(PART, request.seeds - done),
        scenario: request.scenario,
      }
      told(await runMany(part, emptyTally(), () => isStopped))
    }
  } else await onCores(request, told, () => isStopped)
  bar(null, 0)
  const first = tally.failed[0]
  if (first !== undefined && !isStopped) await tellOne(first.seed, request)
  console.log(printTally(tally, isStopped ? request.seeds : null))
  return tally.failed.length > 0 ? 1 : 0
}

/** Shares the seeds among processes, a part at a time. */
async function onCores(request: Request, told: (part: Tally) => void, isStopped: () => boolean): Promise<void> {
  const { from, seeds, scenario } = request
  let next = 0
  const give = (child: ChildProcess): void => {
    if (next >= seeds || isStopped()) return void child.disconnect()
    child.send({ from: from + next, seeds: Math.min(PART, seeds - next), scenario } satisfies Part)
    next += PART
  }
  const children = Array.from({ length: Math.min(request.cores, Math.ceil(seeds / PART)) }, () => {
    // Its signals are this process's: a part that is under way is told to its end.
    const child = fork(join(import.meta.dirname, 'part.ts'), { detached: true })
    child.on('message', (part: Tally) => {
      told(part)
      give(child)
    })
    give(child)
    return new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a process of the simulation ended with ${code}`)),
      )
    })
  })
  await Promise.all(children)
}

/** A bar that grows, where somebody looks on; null ends it. */
function progress(of: number): (done: number | null, failed: number) => void {
  if (!process.stderr.isTTY) return () => {}
  const began = Date.now()
  return (done, failed) => {
    if (done === null) return void process.stderr.write('\r\x1b[K')
    const filled = Math.round((30 * done) / of)
    const left = Math.round(((Date.now() - began) * (of - done)) / done / 1000)
    const bar = '█'.repeat(filled) + '░'.repeat(30 - filled)
    process.stderr.write(`\r${bar} ${done} of ${of}, ${failed} failed, ${left} s left \x1b[K`)
  }
}
