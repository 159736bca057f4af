import type { Outcome } from './history.ts'
import type { Tally } from './many.ts'
import type { Plan } from './plan.ts'

/** What happened in a history, a line each, and what shouldn't have. */
export function printHistory(plan: Plan, { told, violations }: Outcome): string {
  const { okta, switches, rules, deliveries } = plan
  const guard = Object.entries(rules.guard).filter(([, { number }]) => number > 0)
  const facts = [
    `seed ${plan.seed}: ${plan.people} people, ${plan.groups.length} groups, ${plan.steps.length} steps`,
    `Okta: ${line(okta)}, ${plan.hasHook ? `deliveries ${line(deliveries)}` : 'no event hook'}`,
    `Q Business: ${line(switches)}`,
    `settings: former names kept ${rules.renames.keepFor / 3_600_000} h, names deleted after ${rules.groups.deleteAfter / 3_600_000} h, ` +
      `the guard lets ${guard.length === 0 ? 'all' : guard.map(([axis, { number }]) => `${number} by ${axis}`).join(', ')} go`,
    `clocks apart ${2 * plan.maxSkew} ms at most, indexes behind ${plan.indexLagMs} ms, nightly reconcile: ${plan.nightly}`,
  ]
  const happened = told.map(({ at, who, what }) => `${since(at, plan.start)}  ${who.padEnd(16)} ${what}`)
  const wrong = violations.map(({ invariant, at, what }) => `${since(at, plan.start)}  invariant ${invariant}: ${what}`)
  return [...facts, '', ...happened, '', ...wrong].join('\n')
}

function line(facts: object): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function since(at: number, start: number): string {
  const milliseconds = at - start
  const [days, rest] = [
    Math.floor(milliseconds / 86_400_000),
    new Date(((milliseconds % 86_400_000) + 86_400_000) % 86_400_000),
  ]
  return `${days}d ${rest.toISOString().slice(11, 23)}`
}

/** What many histories were, for the end. @param asked how many were asked for, where it was stopped before */
export function printTally({ histories, steps, faults, failed, removals }: Tally, asked: number | null): string {
  const seeds = failed.map(({ seed, invariant, what }) => `  seed ${seed}, invariant ${invariant}: ${what}`)
  const kinds = Object.entries(faults).sort(([, a], [, b]) => b - a)
  const all = kinds.reduce((sum, [, times]) => sum + times, 0)
  return [
    ...(seeds.length > 0 ? ['failed:', ...seeds.slice(0, 20)] : []),
    ...(seeds.length > 20 ? [`  and ${seeds.length - 20} more`] : []),
    ...(asked === null ? [] : [`stopped: ${count(histories)} of ${count(asked)} histories were run`]),
    printRemovals(removals),
    `faults: ${count(all)}`,
    ...kinds.map(([kind, times]) => `  ${count(times).padStart(9)}  ${kind}`),
    `histories: ${count(histories)}, steps: ${count(steps)}, faults: ${count(all)}, violations: ${count(failed.length)}`,
  ].join('\n')
}

function printRemovals(removals: Tally['removals']): string {
  const took = Object.entries(removals).flatMap(([seconds, times]) =>
    Array.from({ length: times }, () => Number(seconds)),
  )
  took.sort((a, b) => a - b)
  if (took.length === 0) return 'removals: none that nothing kept'
  const share = (of: number) => `${took[Math.min(took.length - 1, Math.floor(of * took.length))]} s`
  return `removals: ${count(took.length)} that nothing kept, half within ${share(0.5)}, 90 % ${share(0.9)}, 99 % ${share(0.99)}, all ${share(1)}`
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
