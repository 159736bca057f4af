import type { ErrorDetail } from '../../local/q-business/group-record.ts'
import { Pager } from '../../local/q-business/pager.ts'
import { perform } from '../../local/q-business/perform.ts'
import { ServiceError } from '../../local/q-business/service-error.ts'
import type { Switches } from '../../local/q-business/switches.ts'
import { UserStore as StandIn } from '../../local/q-business/user-store.ts'
import type { GroupStatus } from '../../shared/membership/confirm.ts'
import { PutError } from '../../shared/sync/ports.ts'

/** What is put for nobody where an empty list isn't taken. */
export const NOBODY = 'nobody@q-group-sync.invalid'

/** How the answer to a put or a deletion comes about, where it isn't the plain one. */
export type PutFate =
  | { kind: 'error'; error: PutError['kind']; takesEffect: boolean }
  | { kind: 'late'; afterMs: number }
  | { kind: 'fails'; detail: ErrorDetail }
  | { kind: 'overlapped'; afterMs: number }

/** A put or deletion as it reached the service. */
export interface StorePut {
  at: number
  /** When it takes effect, but for what the service needs itself. */
  arrivesAt: number
  name: string
  /** Null for a deletion. */
  ids: readonly string[] | null
  requestId: string
}

const PLACE = { applicationId: 'app', indexId: 'index' }
const KINDS: Record<string, PutError['kind']> = {
  ValidationException: 'refused',
  ConflictException: 'conflict',
  ResourceNotFoundException: 'denied',
}

/** Amazon Q Business over the stand-in's state machine, without sockets: what the adapter makes of its answers. */
export class UserStoreTwin {
  readonly store: StandIn
  readonly switches: Switches
  readonly puts: StorePut[] = []
  readonly #now: () => number
  #requests = 0
  /** Whether this function has learned that an empty list isn't taken. */
  readonly #heard: (put: StorePut) => void

  /** @param heard is told of each put and deletion of ours that takes effect, as it is sent */
  constructor(now: () => number, switches: Switches, heard: (put: StorePut) => void) {
    this.#now = now
    this.switches = switches
    this.store = new StandIn(now, switches)
    this.#heard = heard
  }

  status(groupName: string): GroupStatus | null {
    const service = {
      store: this.store,
      switches: this.switches,
      ...PLACE,
      startedAt: 0,
      dataSources: [],
      pages: new Pager(),
    }
    let answer: { status: Detail; statusHistory: Detail[] }
    try {
      const input = { ...PLACE, groupName }
      answer = perform(service, { operation: 'GetGroup', input } as never) as typeof answer
    } catch (error) {
      if (error instanceof ServiceError && error.type === 'ResourceNotFoundException') return null
      throw error
    }
    const { status, statusHistory } = answer
    const times = [status, ...statusHistory].map(({ lastUpdatedAt }) => Math.round(lastUpdatedAt * 1000))
    return {
      status: status.status,
      at: Math.max(...times),
      entries: statusHistory.length,
      ...(status.errorDetail && status.errorDetail),
    }
  }

  /** @param container what a function learns, and forgets when it is deployed anew */
  put(
    container: { takesEmptyLists: boolean },
    name: string,
    ids: readonly string[],
    emptyFails: boolean,
    fate: PutFate | null,
  ): { requestId: string; overlapped: boolean } {
    if (ids.length === 0 && container.takesEmptyLists && !emptyFails) {
      try {
        return this.#send(name, [], fate)
      } catch (error) {
        if (!(error instanceof PutError) || error.kind !== 'refused') throw error
        container.takesEmptyLists = false
      }
    }
    return this.#send(name, ids.length === 0 ? [NOBODY] : ids, fate)
  }

  delete(name: string, fate: PutFate | null): { overlapped: boolean } {
    try {
      return { overlapped: this.#send(name, null, fate).overlapped }
    } catch (error) {
      const { cause, kind } = error as PutError & { cause: { name?: string; type?: string } }
      if (cause.name === 'gone') return { overlapped: false }
      // Of a deletion the adapter lets the service's own error through.
      throw Object.assign(new Error('the group was not deleted'), { name: cause.type ?? kind })
    }
  }

  #send(name: string, ids: readonly string[] | null, fate: PutFate | null): { requestId: string; overlapped: boolean } {
    const requestId = `r${++this.#requests}`
    const now = this.#now()
    const effect = (afterMs: number, failure?: ErrorDetail) => {
      try {
        if (ids === null) this.store.deleteGroup(name, undefined, { delayMs: afterMs, ...(failure && { failure }) })
        else {
          const memberUsers = ids.map((userId) => ({ userId, type: 'INDEX' as const }))
          const input = { groupName: name, type: 'INDEX' as const, groupMembers: { memberUsers } }
          this.store.putGroup(input, { delayMs: afterMs, ...(failure && { failure }) })
        }
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        const isGone = ids === null && error.type === 'ResourceNotFoundException'
        const cause = isGone ? Object.assign(new Error('it is gone'), { name: 'gone' }) : error
        throw new PutError(KINDS[error.type] ?? 'unknown', `PutGroup was not accepted: ${error.type}`, cause)
      }
      const put = { at: now, arrivesAt: now + afterMs, name, ids, requestId }
      this.puts.push(put)
      this.#heard(put)
    }
    if (fate?.kind === 'error') {
      if (fate.takesEffect) effect(0)
      throw new PutError(fate.error, `PutGroup was not accepted: ${fate.error}`, new Error(fate.error))
    }
    if (fate?.kind === 'late') {
      effect(fate.afterMs)
      throw new PutError('unknown', 'PutGroup was not accepted: no answer', new Error('no answer'))
    }
    // The SDK has tried again by itself, and the first attempt lands after the second.
    if (fate?.kind === 'overlapped') effect(fate.afterMs)
    effect(0, fate?.kind === 'fails' ? fate.detail : undefined)
    return { requestId, overlapped: fate?.kind === 'overlapped' }
  }

  /** Whether nothing of ours is on its way to a name. */
  isQuiet(name: string): boolean {
    return this.puts.every((put) => put.name !== name || put.arrivesAt + this.switches.processingMs <= this.#now())
  }

  groupsOf(userId: string): string[] | 'unknown' | 'no document' {
    if (this.store.documentCount === 0) return 'no document'
    try {
      const { groups, aliases } = this.store.checkAccess(userId, 'document')
      if (groups.length + aliases.length === 0) return 'unknown'
      return groups.map(({ name }) => name)
    } catch (error) {
      if (error instanceof ServiceError && error.type === 'ResourceNotFoundException') return 'unknown'
      throw error
    }
  }
}

interface Detail {
  status: GroupStatus['status']
  lastUpdatedAt: number
  errorDetail?: ErrorDetail
}
