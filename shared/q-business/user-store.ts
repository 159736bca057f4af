import {
  DeleteGroupCommand,
  GetGroupCommand,
  type GetGroupCommandOutput,
  PutGroupCommand,
  type QBusinessClient,
} from '@aws-sdk/client-qbusiness'
import type { GroupStatus } from '../membership/confirm.ts'
import { type Findings, foundIn } from '../settings/findings.ts'
import { PutError, type UserStore } from '../sync/ports.ts'
import { resolveGroups } from './resolve-groups.ts'

/**
 * Put for a list with nobody in it where the service doesn't take an empty one, which is unknown. Nobody can have an
 * address under .invalid (RFC 2606).
 */
const NOBODY = 'nobody@q-group-sync.invalid'

/**
 * The user store of one index, by what a probe has found of it.
 * @param document the one by which people's groups are asked; null takes the first there is
 */
export function userStoreOf(
  client: QBusinessClient,
  stage: { applicationId: string; indexId: string; findings?: string | Findings | null },
  document: string | null = null,
): UserStore {
  const { applicationId, indexId, findings = null } = stage
  const index = { applicationId, indexId }
  const refusesEmpty = foundIn({ findings }, 'emptyList') === 'refused'
  let takesEmptyLists = true
  return {
    async status(groupName) {
      const answer = await orNull(client.send(new GetGroupCommand({ ...index, groupName })))
      return answer === null ? null : statusOf(answer)
    },

    async put(name, userIds, emptyFails) {
      if (userIds.length > 0) return put(name, userIds)
      if (refusesEmpty) {
        // Who stands for nobody isn't taken either, or what was found is wrong: then an empty list may be.
        const other = emptyFails ? null : await unlessRefused(put(name, [NOBODY]))
        return other ?? (await unlessRefused(put(name, []))) ?? put(name, [NOBODY])
      }
      if (takesEmptyLists && !emptyFails) {
        const taken = await unlessRefused(put(name, []))
        if (taken !== null) return taken
        takesEmptyLists = false
      }
      return put(name, [NOBODY])
    },

    async delete(groupName) {
      const command = new DeleteGroupCommand({ ...index, groupName })
      const lost = lostAttempts(command.middlewareStack)
      await orNull(client.send(command))
      return { overlapped: lost.any }
    },

    groupsOf: resolveGroups(client, index, document),
  }

  async function put(
    groupName: string,
    userIds: readonly string[],
  ): Promise<{ requestId: string; overlapped: boolean }> {
    const memberUsers = userIds.map((userId) => ({ userId, type: 'INDEX' as const }))
    const command = new PutGroupCommand({ ...index, groupName, type: 'INDEX', groupMembers: { memberUsers } })
    const lost = lostAttempts(command.middlewareStack)
    try {
      const { $metadata } = await client.send(command)
      return { requestId: $metadata.requestId ?? '', overlapped: lost.any }
    } catch (error) {
      const kind = kindOf(error)
      throw new PutError(lost.any ? 'unknown' : kind, `PutGroup was not accepted: ${(error as Error).name}`, error)
    }
  }
}

async function unlessRefused<T>(put: Promise<T>): Promise<T | null> {
  try {
    return await put
  } catch (error) {
    if (error instanceof PutError && error.kind === 'refused') return null
    throw error
  }
}

/** Notices attempts without an answer. The SDK tries again by itself, and one of them may take effect after the one that was answered. */
function lostAttempts(stack: { add: PutGroupCommand['middlewareStack']['add'] }): { any: boolean } {
  const lost = { any: false }
  stack.add(
    (next) => async (args) => {
      try {
        return await next(args)
      } catch (error) {
        lost.any ||= kindOf(error) === 'unknown'
        throw error
      }
    },
    { step: 'deserialize', priority: 'high', name: 'notice attempts without an answer' },
  )
  return lost
}

/** What the errors of PutGroup's model mean for a put; any other had no answer, or may have had an effect. */
const KINDS: Record<string, PutError['kind']> = {
  ValidationException: 'refused',
  ServiceQuotaExceededException: 'quota',
  ThrottlingException: 'throttled',
  ConflictException: 'conflict',
  AccessDeniedException: 'denied',
  ResourceNotFoundException: 'denied',
}

function kindOf(error: unknown): PutError['kind'] {
  return KINDS[(error as Error).name] ?? 'unknown'
}

async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return null
    throw error
  }
}

function statusOf({ status, statusHistory = [] }: GetGroupCommandOutput): GroupStatus {
  const times = [status, ...statusHistory].map((detail) => detail?.lastUpdatedAt?.getTime() ?? 0)
  return {
    status: status?.status ?? 'PROCESSING',
    at: Math.max(...times),
    entries: statusHistory.length,
    errorCode: status?.errorDetail?.errorCode,
    errorMessage: status?.errorDetail?.errorMessage,
  }
}
