import * as z from 'zod'
import type { DeliveryFaults } from '../okta/delivery-faults.ts'
import { noDeliveryFaults } from '../okta/delivery-faults.ts'
import { Faults } from '../okta/faults.ts'
import { BUCKETS } from '../okta/rate-limits.ts'
import type { RequestFault } from '../okta/request-faults.ts'
import type { Okta } from '../okta/server.ts'
import { type ControlTarget, checked } from './answer.ts'

const count = z.int().min(0)
const ms = z.number().min(0)

const deliveries = z.strictObject({
  drop: z.union([count, z.literal('all')], { error: 'a whole number from 0, or "all"' }),
  duplicate: count,
  delayMs: z.union([ms, z.tuple([ms, ms])], { error: 'milliseconds, or [from, to]' }),
  order: z.enum(['kept', 'reversed', 'shuffled']),
  split: z.boolean(),
}) satisfies z.ZodType<Partial<DeliveryFaults>>

const lag = z.strictObject({ groups: ms, members: ms, counts: ms, search: ms, users: ms, logs: ms })

const rateLimits = z.strictObject({
  enforced: z.boolean(),
  perMinute: z.partialRecord(z.enum(Object.keys(BUCKETS) as (keyof typeof BUCKETS)[]), count),
  concurrent: count,
})

const which = {
  times: count.min(1).optional(),
  skip: count.optional(),
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).optional(),
  path: z.string().refine(isRegularExpression, 'no regular expression').optional(),
}
const next = z.discriminatedUnion('answer', [
  z.strictObject({ answer: z.literal(429), resetInSeconds: z.int().optional(), ...which }),
  z.strictObject({ answer: z.literal('late'), ms, ...which }),
  z.strictObject({ answer: z.literal('cursor-refused'), status: z.literal([400, 404, 410]).optional(), ...which }),
  z.strictObject({ answer: z.literal('truncated'), keep: count.optional(), ...which }),
  z.strictObject({
    answer: z.literal([500, 503, 'cut', 'endless', 'silence', 'empty-page', 'repeated-page', 'foreign-link']),
    ...which,
  }),
]) as z.ZodType<RequestFault>

const faults = z.strictObject({
  deliveries: deliveries.partial().optional(),
  lag: lag.partial().optional(),
  rateLimits: rateLimits.partial().optional(),
  clockAheadMs: z.number().optional(),
  next: z.array(next).optional(),
})

const switches = z.strictObject({
  countsDeprovisioned: z.boolean(),
  sees: z.array(z.string()).nullable(),
  unseenById: z.enum(['not-found', 'forbidden']),
  nulls: z.enum(['present', 'absent']),
  nullTargets: z.union([z.array(z.string()), z.literal('all')], { error: 'a list of event types, or "all"' }),
  dpop: z.enum(['required', 'off']),
})

/** An Okta stand-in: which side it takes, what goes wrong, what it was asked, and what it sent to hooks. */
export function oktaTarget(okta: Okta): ControlTarget {
  const { faults: state, tokens } = okta
  const setFaults = (given: unknown) => {
    const wanted = checked(faults, given)
    const { lag: noLag, rateLimits: usual } = new Faults()
    state.deliveries = { ...noDeliveryFaults(), ...defined(wanted.deliveries) }
    state.lag = { ...noLag, ...defined(wanted.lag) }
    state.rateLimits = { ...usual, ...defined(wanted.rateLimits) }
    state.clockAheadMs = wanted.clockAheadMs ?? 0
    state.requests.clear()
    for (const fault of wanted.next ?? []) state.next(fault)
  }
  return {
    switches: {
      read: () => {
        const { countsDeprovisioned, sees, unseenById, nulls, nullTargets } = state
        return { countsDeprovisioned, sees, unseenById, nulls, nullTargets, dpop: tokens.dpop }
      },
      change: (given) => {
        const { dpop, ...others } = checked(switches.partial(), given)
        Object.assign(state, others)
        if (dpop) tokens.dpop = dpop
      },
    },
    faults: {
      read: () => ({
        deliveries: state.deliveries,
        lag: state.lag,
        rateLimits: state.rateLimits,
        clockAheadMs: state.clockAheadMs,
        next: state.requests.waiting,
      }),
      replace: setFaults,
      clear: () => setFaults({}),
    },
    requests: { read: () => okta.requests.list, clear: () => okta.requests.reset() },
    deliveries: { read: () => okta.deliveries.made },
  }
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

/** What is given, and nothing that is undefined, so that it can be laid over what is usual. */
function defined<T extends object>(given: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
