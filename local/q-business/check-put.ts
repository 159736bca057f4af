import type { ErrorDetail } from './group-record.ts'
import { type FieldError, invalid } from './service-error.ts'
import type { Switches } from './switches.ts'
import type { PutGroupInput } from './user-store.ts'

/**
 * What PutGroup refuses besides the model's constraints.
 *
 * @returns with what the put will end as FAILED, where the switches want that instead of a refusal
 * @throws ServiceError ValidationException for a list in S3 (not modelled), a group of a data source that isn't named,
 *   an empty list, too many members, unknown people
 */
export function checkPut(
  { type, dataSourceId, groupMembers }: PutGroupInput,
  switches: Switches,
  isKnown: (userId: string) => boolean,
): ErrorDetail | undefined {
  const users = groupMembers.memberUsers ?? []
  const groups = groupMembers.memberGroups ?? []
  if (groupMembers.s3PathForGroupMembers) {
    throw invalid([{ name: 'groupMembers.s3PathForGroupMembers', message: 'not modelled by this stand-in' }])
  }
  if (type === 'DATASOURCE' && dataSourceId == null) {
    throw invalid([{ name: 'dataSourceId', message: 'Member must not be null for a group of type DATASOURCE' }])
  }
  if (switches.emptyList === 'refused' && users.length + groups.length === 0) {
    throw invalid([{ name: 'groupMembers', message: 'Member must not be empty' }])
  }
  const limit = switches.memberLimit
  const counts =
    switches.memberLimitCounts === 'together'
      ? { groupMembers: users.length + groups.length }
      : { 'groupMembers.memberUsers': users.length, 'groupMembers.memberGroups': groups.length }
  const tooMany = Object.entries(counts)
    .filter(([, count]) => count > limit)
    .map(([name, count]) => ({ name, message: `Member must have at most ${limit} members, it has ${count}` }))
  const unknown = users.flatMap(({ userId }, at) =>
    switches.unknownUsers === 'taken' || isKnown(userId)
      ? []
      : [{ name: `groupMembers.memberUsers.${at}.userId`, message: 'Member is not a user of this application' }],
  )
  return (
    refuseOrFail(tooMany, switches.overLimit === 'refused') ??
    refuseOrFail(unknown, switches.unknownUsers === 'refused')
  )
}

function refuseOrFail(faults: FieldError[], atOnce: boolean): ErrorDetail | undefined {
  if (faults.length === 0) return undefined
  if (atOnce) throw invalid(faults)
  return { errorCode: 'InvalidRequest', errorMessage: faults[0]?.message ?? '' }
}
