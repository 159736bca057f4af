import type { Outcome } from './history.ts'
import { runHistory } from './history.ts'
import { drawPlan } from './plan.ts'
import type { Scenario } from './scenario.ts'

/** What came of many histories. */
export interface Tally {
  histories: number
  steps: number
  faults: Record<string, number>
  /** Seeds that failed, with the first that was wrong. */
  failed: { seed: number; invariant: number; what: string }[]
  /** How many removals took so many seconds. */
  removals: Record<number, number>
}

export function emptyTally(): Tally {
  return { histories: 0, steps: 0, faults: {}, failed: [], removals: {} }
}

/** Some histories: seeds from one on. */
export interface Part {
  from: number
  seeds: number
  scenario: Scenario
}

/** Runs histories until there were so many or it is to stop. */
export async function runMany(
  { from, seeds, scenario }: Part,
  tally: Tally,
  stops: () => boolean = () => false,
): Promise<Tally> {
  for (let index = 0; index < seeds && !stops(); index++) {
    const seed = from + index
    add(tally, seed, await runHistory(drawPlan(seed, scenario)))
  }
  return tally
}

function add(tally: Tally, seed: number, { steps, faults, violations, removals }: Outcome): void {
  tally.histories++
  tally.steps += steps
  for (const [kind, times] of Object.entries(faults)) tally.faults[kind] = (tally.faults[kind] ?? 0) + times
  for (const { took } of removals) {
    const seconds = Math.ceil(took / 1000)
    tally.removals[seconds] = (tally.removals[seconds] ?? 0) + 1
  }
  const first = violations[0]
  if (first !== undefined) tally.failed.push({ seed, invariant: first.invariant, what: first.what })
}

/** Two tallies as one. */
export function merge(a: Tally, b: Tally): Tally {
  const sums = (x: Record<string, number>, y: Record<string, number>) => {
    const sum = { ...x }
    for (const [key, value] of Object.entries(y)) sum[key] = (sum[key] ?? 0) + value
    return sum
  }
  return {
    histories: a.histories + b.histories,
    steps: a.steps + b.steps,
    faults: sums(a.faults, b.faults),
    failed: [...a.failed, ...b.failed].sort((x, y) => x.seed - y.seed),
    removals: sums(a.removals, b.removals),
  }
}
