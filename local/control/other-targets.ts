import * as z from 'zod'
import type { LaggingDynamoDb } from '../lagging-dynamodb.ts'
import type { Secrets } from '../secrets/server.ts'
import { type ControlTarget, checked } from './answer.ts'

/** A DynamoDB whose indexes lag by `indexLagMs`. */
export function dynamoDbTarget(state: LaggingDynamoDb): ControlTarget {
  const switches = z.strictObject({ indexLagMs: z.number().min(0) }).partial()
  return {
    switches: {
      read: () => ({ indexLagMs: state.lagMs }),
      change: (given) => {
        state.lagMs = checked(switches, given).indexLagMs ?? state.lagMs
      },
    },
  }
}

/** A Secrets Manager that is `down`, or denies everything, or not. */
export function secretsTarget({ faults }: Secrets): ControlTarget {
  const switches = z.strictObject({ down: z.boolean(), denied: z.boolean() }).partial()
  return {
    switches: {
      read: () => faults,
      change: (given) => {
        Object.assign(faults, checked(switches, given))
      },
    },
  }
}
