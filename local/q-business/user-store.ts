import { canonicalUser } from './canonical-user.ts'
import { checkPut } from './check-put.ts'
import { type AccessConfiguration, aclOf, type DocumentAcl, mayAccess } from './document-access.ts'
import type { ErrorDetail, GroupRecord, Member, MemberList, StatusEvent } from './group-record.ts'
import { Groups } from './groups.ts'
import { Pager } from './pager.ts'
import { notFound, ServiceError } from './service-error.ts'
import type { Switches } from './switches.ts'

/** A group and its members, as PutGroup takes them. */
export interface PutGroupInput {
  groupName: string
  type: 'INDEX' | 'DATASOURCE'
  dataSourceId?: string
  groupMembers: {
    memberUsers?: { userId: string; type?: Member['type'] }[]
    memberGroups?: { groupName: string; type?: Member['type'] }[]
    s3PathForGroupMembers?: { bucket: string; key: string }
  }
}

/** A document that is put; its text is of no interest here. */
export interface PutDocument {
  id: string
  accessConfiguration?: AccessConfiguration
  content?: { s3?: unknown }
}

/** How a change differs from a plain one. */
export interface ChangeOptions {
  /** It reaches the service only after so many milliseconds. */
  delayMs?: number
  /** It is taken, and ends as FAILED with this. */
  failure?: ErrorDetail
}

/** What CheckDocumentAccess found. */
export interface AccessCheck {
  groups: GroupRecord[]
  aliases: string[]
  hasAccess: boolean
  acl?: DocumentAcl
}

interface StoredDocument {
  id: string
  acl: DocumentAcl | undefined
  putAt: number
}

/**
 * The user store of one index and its documents: a state machine without sockets or timers, whose states are worked
 * out from the clock whenever it is asked. All times are epoch milliseconds. Its input has been checked against the
 * model already.
 */
export class UserStore {
  readonly #now: () => number
  readonly #switches: Switches
  readonly #groups: Groups
  readonly #documents = new Map<string, StoredDocument>()
  readonly #users = new Set<string>()
  readonly #pager = new Pager()

  constructor(now: () => number, switches: Switches) {
    this.#now = now
    this.#switches = switches
    this.#groups = new Groups(now, switches)
  }

  /** Makes people known, as CreateUser or a first sign-in does; only some of the switches ask for it. */
  createUser(...ids: string[]): void {
    for (const id of ids) this.#users.add(canonicalUser(id))
  }

  /**
   * Replaces a group's members, once the put has landed.
   *
   * @throws ServiceError ValidationException for what `checkPut` refuses; ConflictException if the switches say so
   */
  putGroup(input: PutGroupInput, options: ChangeOptions = {}): void {
    const { groupName, dataSourceId } = input
    const failure = checkPut(input, this.#switches, (id) => this.#users.has(canonicalUser(id)))
    this.#refuseConflict(groupName, dataSourceId)
    const type = this.#switches.absentMemberType
    const list: MemberList = {
      users: (input.groupMembers.memberUsers ?? []).map((user) => ({ id: user.userId, type: user.type ?? type })),
      groups: (input.groupMembers.memberGroups ?? []).map((group) => ({
        id: group.groupName,
        type: group.type ?? type,
      })),
    }
    this.#groups.submit(groupName, dataSourceId, {
      list,
      arrivesAt: this.#now() + (options.delayMs ?? 0),
      failure: options.failure ?? failure,
    })
  }

  /**
   * @throws ServiceError ResourceNotFoundException if there is no such group; ConflictException if the switches say so
   */
  deleteGroup(name: string, dataSourceId?: string, { delayMs = 0, failure }: ChangeOptions = {}): void {
    if (!this.#groups.find(name, dataSourceId)?.exists) throw notFound('group', name)
    this.#refuseConflict(name, dataSourceId)
    this.#groups.submit(name, dataSourceId, { arrivesAt: this.#now() + delayMs, failure })
  }

  /**
   * The statuses of a group that GetGroup shows, oldest first: at least one, since the group was last put anew.
   *
   * @throws ServiceError ResourceNotFoundException if it shows none
   */
  statuses(name: string, dataSourceId?: string): StatusEvent[] {
    const until = this.#now() - this.#switches.staleStatusMs
    const shown = this.#groups.find(name, dataSourceId)?.events.filter(({ since }) => since <= until) ?? []
    const ended = shown.findLastIndex(({ status }) => status === 'DELETED')
    const history = shown.slice(ended + 1)
    if (history.length === 0) throw notFound('group', name)
    return history
  }

  /**
   * Names of the groups whose status is older than a time, sorted; `maxResults` of them, after the page of the token.
   */
  listGroups(query: { updatedEarlierThan: number; dataSourceId?: string; maxResults?: number; nextToken?: string }) {
    const groups = this.#groups
      .all()
      .filter(({ dataSourceId }) => dataSourceId === query.dataSourceId)
      .filter(({ events }) => (events.at(-1)?.at ?? 0) < query.updatedEarlierThan)
    return this.#pager.page(groups, ({ name }) => name, query.maxResults ?? 10, query.nextToken)
  }

  /** Puts a document in the place of one with the same id. */
  putDocument({ id, accessConfiguration }: PutDocument): void {
    const acl = accessConfiguration ? aclOf(accessConfiguration) : undefined
    this.#documents.set(id, { id, acl, putAt: this.#now() })
  }

  get documentCount(): number {
    return this.#documents.size
  }

  /** The documents, sorted by id; `maxResults` of them, after the page of the token. */
  listDocuments(query: { maxResults?: number; nextToken?: string }) {
    const documents = [...this.#documents.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    return this.#pager.page(documents, ({ id }) => id, query.maxResults ?? 100, query.nextToken)
  }

  /**
   * Whether a person may see a document, and by what.
   *
   * @throws ServiceError ResourceNotFoundException for an unknown document and, if the switches say so, an unseen
   *   person
   */
  checkAccess(userId: string, documentId: string): AccessCheck {
    const document = this.#documents.get(documentId)
    if (!document) throw notFound('document', documentId)
    const seen = this.#users.has(canonicalUser(userId))
    if (!seen && this.#switches.unseenPerson === 'not-found') throw notFound('user', userId)
    const groups = seen || this.#switches.unseenPerson === 'resolved' ? this.#groups.ofUser(userId) : []
    const keys = new Set(
      groups.filter((group) => this.#isNamed(group, document)).map(({ name }) => this.#groups.key(name)),
    )
    const hasAccess = mayAccess(document.acl, { id: userId, isIn: (name) => keys.has(this.#groups.key(name)) })
    return { groups, aliases: seen || groups.length > 0 ? [userId] : [], hasAccess, acl: document.acl }
  }

  /** Whether every put and delete that has arrived has landed. */
  isAtRest(): boolean {
    return !this.#groups.all().some(({ inFlight }) => inFlight)
  }

  /** The people in a group, as put, sorted, as they count for access now; `undefined` where no list counts. */
  members(name: string): string[] | undefined {
    return idsOf(this.#groups.find(name)?.list?.users)
  }

  /** The subgroups of a group, as put, sorted, as they count for access now; `undefined` where no list counts. */
  subgroups(name: string): string[] | undefined {
    return idsOf(this.#groups.find(name)?.list?.groups)
  }

  /** Names of the groups of the index that exist now, sorted. */
  groupNames(): string[] {
    return this.#groups
      .all()
      .filter(({ dataSourceId }) => dataSourceId === undefined)
      .map(({ name }) => name)
  }

  /** Sets a group that somebody else wrote: it counts at once, and nobody's calls show it. */
  putForeign(name: string, members: string[], subgroups: string[] = []): void {
    this.#groups.settle(name, { users: members.map(asMember), groups: subgroups.map(asMember) })
  }

  /**
   * Changes who counts as a member of a group, and nothing that GetGroup or ListGroups show.
   *
   * @throws Error if there is no such group
   */
  changeUnseen(name: string, members: string[]): void {
    const group = this.#groups.find(name)
    if (!group?.exists) throw new Error(`there is no group ${name} whose members could be changed`)
    group.list = { users: members.map(asMember), groups: [] }
  }

  #refuseConflict(name: string, dataSourceId: string | undefined): void {
    if (this.#switches.putWhileProcessing === 'conflict' && this.#groups.find(name, dataSourceId)?.inFlight) {
      const details = { resourceId: name, resourceType: 'group' }
      throw new ServiceError('ConflictException', `The group ${name} is being changed.`, details)
    }
  }

  #isNamed({ deletedAt, dataSourceId }: GroupRecord, { putAt }: StoredDocument): boolean {
    if (dataSourceId !== undefined) return false
    return this.#switches.recreatedGroup === 'keeps-acls' || deletedAt === undefined || putAt >= deletedAt
  }
}

function asMember(id: string): Member {
  return { id, type: 'INDEX' }
}

function idsOf(members: Member[] | undefined): string[] | undefined {
  return members?.map(({ id }) => id).sort()
}
