import {
  CheckDocumentAccessCommand,
  DeleteGroupCommand,
  GetGroupCommand,
  type GroupMembers,
  type GroupStatusDetail,
  ListGroupsCommand,
  type ListGroupsCommandOutput,
  PutGroupCommand,
  type QBusinessClient,
} from '@aws-sdk/client-qbusiness'
import type { Clock } from '../../shared/sync/clock.ts'
import { seconds } from '../terminal.ts'
import { DeniedError, InterruptedError, OutOfTimeError } from './probe-error.ts'

/** What every group of every probe begins with. */
export const PREFIX = 'q-group-sync-probe-'

/** A status that GetGroup showed, `at` and `askedAt` in epoch milliseconds, by the service's clock and by this one's. */
export interface Shown {
  status: string
  at: number
  history: { status: string; at: number }[]
  answeredAt: number
}

/** A put that was sent, and what came of it. */
export interface Put {
  name: string
  is: 'taken' | 'refused' | 'conflict'
  sentAt: number
  answeredAt: number
}

/** What GetGroup showed of a put until it was done; `shownAfter` and `doneAfter` in milliseconds. */
export interface Watched {
  end: 'SUCCEEDED' | 'FAILED'
  shown: Shown[]
  shownAfter: number
  doneAfter: number
  isFirstPut: boolean
}

/** Errors that pass by themselves. */
const PASSING = ['ThrottlingException', 'InternalServerException', 'ServiceUnavailableException', 'TimeoutError']
const TRIES = 4

/** The groups of one probe, which remembers every name that it may have put. */
export class ThrowawayGroups {
  /** Every name that a put was sent for, and those of them that may be there. */
  readonly made = new Set<string>()
  readonly there = new Set<string>()
  readonly watched: Watched[] = []
  readonly clock: Clock
  readonly #client: QBusinessClient
  readonly #index: { applicationId: string; indexId: string }
  readonly #own: string
  readonly #signal: AbortSignal
  /** Epoch milliseconds; what is waited for then is given up. */
  until: number

  constructor(
    client: QBusinessClient,
    index: { applicationId: string; indexId: string },
    given: { clock: Clock; id: string; signal: AbortSignal; until: number },
  ) {
    this.#client = client
    this.#index = index
    this.#own = PREFIX + given.id
    this.#signal = given.signal
    this.clock = given.clock
    this.until = given.until
  }

  name(purpose: string): string {
    return `${this.#own}-${purpose}`
  }

  async put(name: string, groupMembers: GroupMembers): Promise<Put> {
    this.#signal.throwIfAborted()
    const isNew = !this.made.has(name)
    this.made.add(name)
    this.there.add(name)
    const sentAt = this.clock.now()
    const command = () => new PutGroupCommand({ ...this.#index, groupName: name, type: 'INDEX', groupMembers })
    const is = await this.call('PutGroup', () => this.#client.send(command())).then(
      () => 'taken' as const,
      (error: Error) => {
        if (error.name === 'ValidationException') return 'refused' as const
        if (error.name === 'ConflictException') return 'conflict' as const
        throw error
      },
    )
    if (is === 'refused' && isNew) this.there.delete(name)
    return { name, is, sentAt, answeredAt: this.clock.now() }
  }

  /** What GetGroup shows of a group; null where it isn't there. */
  async shown(groupName: string): Promise<Shown | null> {
    const answer = await this.call('GetGroup', () =>
      this.#client.send(new GetGroupCommand({ ...this.#index, groupName })),
    ).catch(unlessNotFound)
    if (answer === null || answer.status === undefined) return null
    const { status, statusHistory = [] } = answer
    return { ...entry(status), history: statusHistory.map(entry), answeredAt: this.clock.now() }
  }

  /**
   * Waits until a put is done, as far as GetGroup shows anything newer than before it.
   * @param least how long to wait between two looks, in milliseconds
   */
  async ended({ name, sentAt }: Put, before: Shown | null = null, least = 50): Promise<Watched> {
    const all: Shown[] = []
    let looks = 0
    let shownAfter = 0
    const last = await this.wait(`a put of ${name} is still PROCESSING`, least, async () => {
      const shown = await this.shown(name)
      looks++
      if (shown === null || (before !== null && !isNewer(shown, before))) return null
      if (all.length === 0 && looks > 1) shownAfter = shown.answeredAt - sentAt
      all.push(shown)
      return isEnd(shown) ? shown : null
    })
    const end = last.status as Watched['end']
    const doneAfter = last.answeredAt - sentAt
    const watched = { end, shown: all, shownAfter, doneAfter, isFirstPut: before === null }
    this.watched.push(watched)
    return watched
  }

  /** Puts a list and waits until it is done. */
  async outcome(name: string, groupMembers: GroupMembers): Promise<'taken' | 'refused' | 'fails-later'> {
    const put = await this.put(name, groupMembers)
    if (put.is !== 'taken') return 'refused'
    return (await this.ended(put)).end === 'SUCCEEDED' ? 'taken' : 'fails-later'
  }

  /** The throwaway groups that CheckDocumentAccess shows a person in; how it says that it doesn't know the person, or the document. */
  async of(userId: string, documentId: string): Promise<string[] | 'not-found' | 'no document'> {
    const command = () => new CheckDocumentAccessCommand({ ...this.#index, userId, documentId })
    try {
      const { userGroups = [] } = await this.call('CheckDocumentAccess', () => this.#client.send(command()))
      const ofIndex = userGroups.filter(({ type }) => type !== 'DATASOURCE').map(({ name = '' }) => name)
      return ofIndex.filter((name) => name.startsWith(this.#own))
    } catch (error) {
      const { name, resourceId } = error as { name: string; resourceId?: string }
      if (name !== 'ResourceNotFoundException') throw error
      return resourceId === documentId ? 'no document' : 'not-found'
    }
  }

  /** Names of groups of this probe, or of any, that the index has. @param read hears how many groups were looked at */
  async listed(of: 'this' | 'any', read: (count: number) => void = () => {}): Promise<string[]> {
    const prefix = of === 'this' ? `${this.#own}-` : PREFIX
    const query = { ...this.#index, updatedEarlierThan: new Date(this.clock.now()), maxResults: 10 }
    const names: string[] = []
    let nextToken: string | undefined
    let count = 0
    do {
      const page: ListGroupsCommandOutput = await this.call('ListGroups', () =>
        this.#client.send(new ListGroupsCommand({ ...query, nextToken })),
      )
      const all = (page.items ?? []).flatMap(({ groupName }) => groupName ?? [])
      names.push(...all.filter((name) => name.toLowerCase().startsWith(prefix)))
      count += all.length
      read(count)
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    return names
  }

  /** Deletes a group; `busy` where it can't be yet, `gone` where it isn't there. */
  async delete(groupName: string): Promise<'done' | 'busy' | 'gone'> {
    return this.call('DeleteGroup', () =>
      this.#client.send(new DeleteGroupCommand({ ...this.#index, groupName })),
    ).then(
      () => 'done',
      (error: Error) => {
        if (error.name === 'ResourceNotFoundException') return 'gone'
        if (error.name === 'ConflictException' || PASSING.includes(error.name)) return 'busy'
        throw error
      },
    )
  }

  /**
   * Looks again and again, ever less often, until something is seen. Throws OutOfTimeError where that takes too long, and
   * InterruptedError where somebody stops it.
   */
  async wait<T>(what: string, least: number, look: () => Promise<T | null>, within = Infinity): Promise<T> {
    const began = this.clock.now()
    for (;;) {
      this.#signal.throwIfAborted()
      const found = await look()
      if (found !== null) return found
      const now = this.clock.now()
      if (now - began >= within || now >= this.until) {
        throw new OutOfTimeError(`${what} after ${seconds(now - began)}`)
      }
      await this.clock.sleep(Math.min(2_000, Math.max(least, (now - began) / 4)))
    }
  }

  async call<T>(action: string, send: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await send()
      } catch (error) {
        const { name } = error as Error
        if (name === 'AccessDeniedException') throw new DeniedError(action, error)
        if (!PASSING.includes(name) || tries === TRIES) throw error
        await this.clock.sleep(1_000 * tries)
      }
    }
  }
}

/** Whether every put that is shown of a group is done. */
export function isAtRest(shown: Shown | null): boolean {
  if (shown === null || !isEnd(shown)) return false
  return shown.history.filter(isEnd).length >= shown.history.filter(({ status }) => status === 'PROCESSING').length
}

/** Whether a status is the end of a put. */
export function isEnd({ status }: { status: string }): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED'
}

/** Why the signal of a probe was given. */
export const interrupted = () => new InterruptedError('it was stopped')

function entry({ status, lastUpdatedAt }: GroupStatusDetail): { status: string; at: number } {
  return { status: status ?? '', at: lastUpdatedAt?.getTime() ?? 0 }
}

function isNewer(shown: Shown, before: Shown): boolean {
  return shown.history.length > before.history.length || shown.at > before.at || shown.status !== before.status
}

function unlessNotFound(error: Error): null {
  if (error.name === 'ResourceNotFoundException') return null
  throw error
}
