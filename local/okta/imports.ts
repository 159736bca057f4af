import type { By, LogTarget } from './log-event.ts'
import { notFound } from './okta-error.ts'
import type { Group, OrgState, User } from './org-state.ts'
import { groupTarget, userTarget } from './org-state.ts'

/** What an import may be told. */
export interface ImportOptions {
  /** Whether `lastMembershipUpdated` moves. True unless told; Okta's imports once missed it. */
  stamped?: boolean
}

/**
 * Groups that an app brings in (APP_GROUP): the Groups API may not change them, and their members' changes are told as
 * `app.user_management`, not as `group.user_membership.*`. A name may be that of another group.
 */
export class Imports {
  readonly #state: OrgState
  readonly #appId: string

  constructor(state: OrgState) {
    this.#state = state
    this.#appId = state.ids.okta('0oa')
  }

  importGroup(profile: { name: string; description?: string }, by: By): Group {
    const { groups, ids, now } = this.#state
    const at = now()
    const id = ids.okta('00g')
    const group = groups.set(id, at, {
      id,
      type: 'APP_GROUP',
      name: profile.name,
      description: profile.description ?? null,
      created: at,
      lastUpdated: at,
      appId: this.#appId,
    })
    this.#write('system.import.group.create', [groupTarget(group)], by)
    this.#write('app.user_management.user_group_import.upsert_success', [groupTarget(group)], by)
    return group
  }

  /** Tells only `system.import.group.update`, which no hook may subscribe to. */
  renameGroup(id: string, name: string, by: By): Group {
    const { groups, now } = this.#state
    const at = now()
    const group = groups.set(id, at, { ...this.#imported(id), name, lastUpdated: at })
    this.#write('system.import.group.update', [groupTarget(group)], by)
    return group
  }

  deleteGroup(id: string, by: By): void {
    const { groups, members, now } = this.#state
    const group = this.#imported(id)
    const at = now()
    for (const userId of [...members.ids(id)]) members.remove(id, userId, at)
    groups.delete(id, at)
    this.#write('system.import.group.delete', [groupTarget(group)], by)
    this.#write('app.user_management.user_group_import.delete_success', [groupTarget(group)], by)
  }

  importMember(groupId: string, userId: string, by: By, options: ImportOptions = {}): void {
    this.#changeMember('add', groupId, userId, by, options)
  }

  removeImportedMember(groupId: string, userId: string, by: By, options: ImportOptions = {}): void {
    this.#changeMember('remove', groupId, userId, by, options)
  }

  /** The end of an import run; says nothing of which groups changed. */
  complete(by: By): void {
    this.#write('system.import.complete', [], by)
  }

  #changeMember(verb: 'add' | 'remove', groupId: string, userId: string, by: By, options: ImportOptions): void {
    const { users, members, now } = this.#state
    const group = this.#imported(groupId)
    const user: User | undefined = users.get(userId)
    if (!user) throw notFound(userId, 'User')
    if (!members[verb](groupId, userId, now(), options.stamped ?? true)) return
    this.#write('app.user_management', [userTarget(user), groupTarget(group)], by)
  }

  #imported(id: string): Group {
    const group = this.#state.groups.get(id)
    if (group?.type !== 'APP_GROUP') throw notFound(id, 'UserGroup')
    return group
  }

  #write(eventType: string, target: LogTarget[], by: By): void {
    const app = { id: this.#appId, type: 'AppInstance', alternateId: 'Directory', displayName: 'Directory' }
    this.#state.log.write({ eventType, target: [{ ...app, detailEntry: null }, ...target] }, by)
  }
}
