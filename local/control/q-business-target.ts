import * as z from 'zod'
import type { Fault } from '../q-business/faults.ts'
import { type OperationName, operations } from '../q-business/operations.ts'
import type { QBusiness } from '../q-business/server.ts'
import type { Switches } from '../q-business/switches.ts'
import { type ControlTarget, checked, Unfit } from './answer.ts'

const count = z.int().min(0)
const ms = z.number().min(0)
/** JSON has no number for it. */
const endless = z.literal('Infinity').transform(() => Number.POSITIVE_INFINITY)
const countOrEndless = z.union([count.min(1), endless], { error: 'a whole number from 1, or "Infinity"' })

const switches = z.strictObject({
  emptyList: z.enum(['taken', 'refused']),
  memberLimit: count,
  memberLimitCounts: z.enum(['together', 'apart']),
  overLimit: z.enum(['refused', 'fails-later']),
  groupNames: z.enum(['case-sensitive', 'case-insensitive']),
  overlap: z.enum(['in-order', 'reversed']),
  overlapLagMs: ms,
  staleStatusMs: ms,
  processingMs: ms,
  putWhileProcessing: z.enum(['taken', 'conflict']),
  unknownUsers: z.enum(['taken', 'refused', 'fails-later']),
  absentMemberType: z.enum(['INDEX', 'DATASOURCE']),
  unseenPerson: z.enum(['resolved', 'empty', 'not-found']),
  lastUpdatedAt: z.enum(['fraction', 'seconds']),
  lastUpdatedAtCounts: z.enum(['status', 'put']),
  statusHistory: z.enum(['grows', 'last-only']),
  nestingDepth: countOrEndless,
  recreatedGroup: z.enum(['keeps-acls', 'loses-acls']),
  identityType: z.enum(['AWS_IAM_IDP_SAML', 'AWS_IAM_IDP_OIDC', 'AWS_IAM_IDC', 'AWS_QUICKSIGHT_IDP', 'ANONYMOUS']),
} satisfies { [Name in keyof Switches]: z.ZodType<Switches[Name]> })

const which = {
  operation: z.enum(Object.keys(operations) as [OperationName, ...OperationName[]]),
  group: z.string().optional(),
  times: countOrEndless.optional(),
}
const error = z.enum([
  'ThrottlingException',
  'InternalServerException',
  'ServiceUnavailableException',
  'ConflictException',
  'ServiceQuotaExceededException',
  'AccessDeniedException',
])
const detail = z.strictObject({
  errorCode: z.enum(['InternalError', 'InvalidRequest', 'ResourceInactive', 'ResourceNotFound']),
  errorMessage: z.string(),
})
const faults = z.array(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal(['answer', 'apply-then-answer']), error, ...which }),
    z.strictObject({
      kind: z.literal(['cut', 'apply-then-cut', 'cut-in-answer', 'hang', 'apply-then-hang', 'endless']),
      ...which,
    }),
    z.strictObject({ kind: z.literal('apply-late'), afterMs: ms, ...which }),
    z.strictObject({ kind: z.literal('fail-later'), detail: detail.optional(), ...which }),
    z.strictObject({ kind: z.literal('slow'), ms, ...which }),
  ]),
) as z.ZodType<Fault[]>

/** A Q Business stand-in: which side it takes, what goes wrong, and what it was asked. */
export function qBusinessTarget({ switches: state, faults: pending, calls, store }: QBusiness): ControlTarget {
  return {
    switches: {
      read: () => state,
      change: (given) => {
        const wanted = checked(switches.partial(), given)
        const isOther = wanted.groupNames !== undefined && wanted.groupNames !== state.groupNames
        if (isOther && store.groupNames().length > 0)
          throw new Unfit([{ path: 'groupNames', message: 'fixed once a group has been put' }])
        Object.assign(state, wanted)
      },
    },
    faults: {
      read: () => pending.list,
      replace: (given) => {
        const wanted = checked(faults, given)
        pending.clear()
        pending.add(...wanted)
      },
      clear: () => pending.clear(),
    },
    calls: {
      read: () => calls,
      clear: () => {
        calls.length = 0
      },
    },
  }
}
