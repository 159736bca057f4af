import { fc } from '@fast-check/vitest'
import type { Misanswer, RequestFault } from '../../local/okta/request-faults.ts'
import type { Fault, FaultKind } from '../../local/q-business/faults.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import type { TestCloud } from './cloud.ts'
import { DAY, HOUR, MINUTE, SECOND } from './time.ts'

/** Mostly `usual`, else one of the others. */
function seldom<const T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) })
}

/**
 * What nobody knows of Q Business, for a whole history. A put can't land later than the last of those that are made against
 * doubt, a day later: nothing could be done about that. Left out are the switches that a synchronizer can't meet (who may see a
 * document, what GetApplication says).
 */
export const switches = fc
  .record({
    emptyList: fc.constantFrom('taken' as const, 'refused' as const),
    memberLimit: seldom(defaultSwitches.memberLimit, 4),
    overLimit: fc.constantFrom('refused' as const, 'fails-later' as const),
    overlap: seldom<'in-order' | 'reversed'>('in-order', 'reversed'),
    overlapLagMs: fc.constantFrom(0, 5 * SECOND, 20 * MINUTE),
    staleStatusMs: seldom(0, 2 * SECOND, 5 * MINUTE),
    processingMs: seldom(20, 0, 3 * SECOND, 10 * MINUTE, 3 * HOUR, 26 * HOUR),
    putWhileProcessing: fc.constantFrom('taken' as const, 'conflict' as const),
    unknownUsers: seldom<'taken' | 'refused' | 'fails-later'>('taken', 'refused', 'fails-later'),
    lastUpdatedAt: fc.constantFrom('fraction' as const, 'seconds' as const),
    lastUpdatedAtCounts: fc.constantFrom('status' as const, 'put' as const),
    statusHistory: fc.constantFrom('grows' as const, 'last-only' as const),
  })
  .map((drawn) => ({ ...drawn, overlap: drawn.processingMs > DAY ? ('in-order' as const) : drawn.overlap }))

/** What nobody knows of Okta, for a whole history. */
export const oktaSwitches = fc.record({
  countsDeprovisioned: fc.boolean(),
  nulls: fc.constantFrom('present' as const, 'absent' as const),
  nullTargets: seldom<string[] | 'all'>([], ['group.user_membership.add', 'user.lifecycle.suspend'], 'all'),
  clockAheadMs: seldom(0, -20 * SECOND, -2 * SECOND, 2 * SECOND, 20 * SECOND),
  /** Whether the System Log shows anything: what is delivered must do without it. */
  hasLog: fc.boolean(),
})

const times = fc.integer({ min: 1, max: 4 })
const oktaPaths = [
  '/groups/[^/?]+$',
  '/groups/[^/]+/users',
  'filter=',
  '/groups\\?limit',
  '/users/[^/]+/groups',
  'okta-organization',
  '/api/v1/logs',
  'oauth2/v1/token',
]
const misanswer: fc.Arbitrary<Misanswer> = fc.oneof(
  fc.record({ answer: fc.constant(429 as const), resetInSeconds: fc.constantFrom(0, 1, 20) }),
  fc.record({ answer: fc.constantFrom(500 as const, 503 as const) }),
  fc.record({ answer: fc.constantFrom('cut' as const, 'endless' as const, 'silence' as const) }),
  fc.record({ answer: fc.constant('late' as const), ms: fc.constantFrom(20, 200) }),
  fc.record({ answer: fc.constant('truncated' as const), keep: fc.nat(3) }),
  fc.record({ answer: fc.constantFrom('empty-page' as const, 'repeated-page' as const, 'foreign-link' as const) }),
  fc.record({ answer: fc.constant('cursor-refused' as const) }),
)

const error = fc.constantFrom(
  'ThrottlingException' as const,
  'InternalServerException' as const,
  'ServiceUnavailableException' as const,
  'ConflictException' as const,
  'ServiceQuotaExceededException' as const,
  'AccessDeniedException' as const,
)
const faultKind: fc.Arbitrary<FaultKind> = fc.oneof(
  fc.record({ kind: fc.constantFrom('answer' as const, 'apply-then-answer' as const), error }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'apply-then-cut' as const, 'cut-in-answer' as const) }),
  fc.record({ kind: fc.constantFrom('hang' as const, 'apply-then-hang' as const, 'endless' as const) }),
  fc.record({
    kind: fc.constant('apply-late' as const),
    afterMs: fc.constantFrom(SECOND, MINUTE, 10 * MINUTE, 12 * HOUR),
  }),
  fc.record({
    kind: fc.constant('fail-later' as const),
    detail: fc.record({
      errorCode: fc.constantFrom('InternalError' as const, 'InvalidRequest' as const),
      errorMessage: fc.constant('as it was asked for'),
    }),
  }),
  fc.record({ kind: fc.constant('slow' as const), ms: fc.constantFrom(20, 200) }),
)
const operation = fc.constantFrom('PutGroup' as const, 'PutGroup' as const, 'GetGroup' as const, 'DeleteGroup' as const)

const lags = ['groups', 'members', 'counts', 'search', 'users', 'logs'] as const
/** A lag of what shows nothing at all. */
export const SILENT = Number.POSITIVE_INFINITY

/** What goes wrong from here on, until it is said otherwise or as often as it is said. */
export const fault = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      fault: fc.constant('Okta answers' as const),
      misanswer,
      path: fc.constantFrom(...oktaPaths),
      times,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ fault: fc.constant('Q Business answers' as const), kind: faultKind, operation, times }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      fault: fc.constant('Okta lags' as const),
      of: fc.constantFrom(...lags),
      ms: fc.constantFrom(0, 500, 3 * SECOND, 15 * SECOND, 30 * SECOND),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      fault: fc.constant('deliveries' as const),
      how: fc.record({
        drop: seldom<number | 'all'>(0, 1, 3, 'all'),
        duplicate: fc.nat(1),
        delayMs: fc.constantFrom<number | [number, number]>(0, SECOND, [0, 5 * SECOND]),
        order: fc.constantFrom('kept' as const, 'reversed' as const, 'shuffled' as const),
        split: fc.boolean(),
      }),
    }),
  },
  fc.record({
    fault: fc.constant('rate limits' as const),
    limits: fc.record({
      enforced: fc.boolean(),
      perMinute: fc.record({ group: fc.integer({ min: 2, max: 9 }), members: fc.integer({ min: 2, max: 9 }) }),
      concurrent: fc.constantFrom(0, 1, 3),
    }),
  }),
  fc.record({ fault: fc.constant('secrets' as const), down: fc.boolean() }),
  fc.record({ fault: fc.constant('index lags' as const), ms: fc.constantFrom(0, 2 * SECOND, 30 * SECOND) }),
  fc.record({ fault: fc.constant('tokens end' as const), dpop: fc.boolean() }),
)

export type RandomFault = typeof fault extends fc.Arbitrary<infer T> ? T : never

/** Lets a fault happen. */
export function happen({ okta, qbusiness, secrets, dynamodb }: TestCloud, one: RandomFault): void {
  const { faults, tokens } = okta
  if (one.fault === 'Okta answers') {
    const method = one.path.startsWith('oauth2') ? 'POST' : 'GET'
    faults.next({ ...one.misanswer, times: one.times, path: one.path, method } as RequestFault)
  }
  if (one.fault === 'Q Business answers') {
    qbusiness.faults.add({ ...one.kind, operation: one.operation, times: one.times } as Fault)
  }
  if (one.fault === 'Okta lags') faults.lag[one.of] = Math.max(one.ms, faults.lag[one.of] === SILENT ? SILENT : 0)
  if (one.fault === 'deliveries') Object.assign(faults.deliveries, one.how)
  if (one.fault === 'rate limits') faults.rateLimits = one.limits
  if (one.fault === 'secrets') secrets.faults.down = one.down
  if (one.fault === 'index lags') dynamodb!.lagMs = one.ms
  if (one.fault === 'tokens end') {
    if (one.dpop) tokens.dpop = 'required'
    tokens.revoke()
  }
}
