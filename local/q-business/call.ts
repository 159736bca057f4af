import type { OperationName } from './operations.ts'
import type { ServiceRequest } from './read-request.ts'
import type { PutGroupInput } from './user-store.ts'

/** One call as it arrived, in the order of arrival. */
export interface Call {
  /** `undefined` for a request that couldn't be read, was not signed, or broke the model. */
  operation: OperationName | undefined
  groupName?: string
  /** The people of a PutGroup, as sent. */
  members?: string[]
  /** The subgroups of a PutGroup, as sent. */
  subgroups?: string[]
  /** When it arrived, in epoch milliseconds of the stand-in's clock. */
  at: number
  /** `ok`, the type of the error answered, `cut` or `hung` for what got no answer, or `pending`. */
  outcome: string
  /** The kind of the fault it met. */
  fault?: string
}

/** What of a request is worth remembering. */
export function callOf({ operation, input }: ServiceRequest): Partial<Call> {
  if (operation !== 'PutGroup') {
    return { operation, ...(typeof input['groupName'] === 'string' && { groupName: input['groupName'] }) }
  }
  const { groupName, groupMembers } = input as unknown as PutGroupInput
  return {
    operation,
    groupName,
    members: (groupMembers.memberUsers ?? []).map(({ userId }) => userId),
    subgroups: (groupMembers.memberGroups ?? []).map((group) => group.groupName),
  }
}
