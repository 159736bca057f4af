import { type Outcome, runHistory } from './history.ts'
import type { Plan } from './plan.ts'

/** What can be made simpler besides leaving steps out: each makes the plan simpler, or answers null where it is already. */
const SIMPLER: ((plan: Plan) => Plan | null)[] = [
  (plan) => (plan.groups.length > 1 ? { ...plan, groups: plan.groups.slice(0, -1) } : null),
  (plan) => (plan.twice > 0 ? { ...plan, twice: 0 } : null),
  (plan) => (plan.maxSkew > 0 ? { ...plan, maxSkew: 0 } : null),
  (plan) => (plan.indexLagMs > 0 ? { ...plan, indexLagMs: 0 } : null),
  (plan) => (plan.nightly ? { ...plan, nightly: false } : null),
  (plan) => (plan.okta.lagMs > 0 ? { ...plan, okta: { ...plan.okta, lagMs: 0 } } : null),
  (plan) => (plan.okta.page < 50 ? { ...plan, okta: { ...plan.okta, page: 50 } } : null),
  ...(['late', 'doubled', 'split', 'refused', 'lost'] as const).map((how) => (plan: Plan) => {
    return plan.deliveries[how] > 0 ? { ...plan, deliveries: { ...plan.deliveries, [how]: 0 } } : null
  }),
]

/**
 * The shortest plan found that still breaks the same invariant: steps are left out, by halves and then one by one, and then all
 * that can be simpler is.
 * @param most how many histories are tried
 */
export async function shrink(plan: Plan, invariant: number, most = 300): Promise<Plan> {
  let left = most
  const stillFails = async (shorter: Plan): Promise<boolean> => {
    if (left-- <= 0) return false
    const outcome: Outcome = await runHistory(shorter)
    return outcome.violations.some((violation) => violation.invariant === invariant)
  }
  let best = plan
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.steps.length; ) {
      const shorter = { ...best, steps: best.steps.toSpliced(from, size) }
      if (await stillFails(shorter)) best = shorter
      else from += size
    }
  }
  for (const simpler of SIMPLER) {
    for (let next = simpler(best); next !== null && (await stillFails(next)); next = simpler(best)) best = next
  }
  return best
}
