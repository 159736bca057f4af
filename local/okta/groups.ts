import type { By } from './log-event.ts'
import { BLANK, forbidden, invalid, notFound, TAKEN } from './okta-error.ts'
import type { Group, OrgState } from './org-state.ts'
import { groupTarget, userTarget } from './org-state.ts'

/** What a caller may say of a group. */
export interface GroupProfile {
  name: string
  description?: string | null
}

/** The groups of an org and who is in them, as the Groups API changes them: Okta's own groups only. */
export class Groups {
  readonly #state: OrgState
  readonly #idByName = new Map<string, string>()

  constructor(state: OrgState) {
    this.#state = state
  }

  /** @throws OktaError 404 E0000007 */
  get(id: string, at?: number): Group {
    const group = this.#state.groups.get(id, at)
    if (!group) throw notFound(id, 'UserGroup')
    return group
  }

  /** @throws OktaError 400 E0000001 for a name that is missing, longer than 255 characters, or borne by another OKTA_GROUP */
  create(profile: unknown, by: By): Group {
    const { groups, ids, now, log } = this.#state
    const { name, description } = this.#checked(profile)
    const at = now()
    const id = ids.okta('00g')
    const group = groups.set(id, at, {
      id,
      type: 'OKTA_GROUP',
      name,
      description,
      created: at,
      lastUpdated: at,
      appId: null,
    })
    this.#idByName.set(name, id)
    log.write({ eventType: 'group.lifecycle.create', target: [groupTarget(group)] }, by)
    return group
  }

  /** Replaces the profile: a description that isn't given is gone. */
  replace(id: string, profile: unknown, by: By): Group {
    const { groups, now, log } = this.#state
    const before = this.#own(id)
    const at = now()
    const group = groups.set(id, at, { ...before, ...this.#checked(profile, id), lastUpdated: at })
    this.#idByName.delete(before.name)
    this.#idByName.set(group.name, id)
    log.write({ eventType: 'group.profile.update', target: [groupTarget(group)] }, by)
    return group
  }

  /** Deletes an OKTA_GROUP or an APP_GROUP, as Okta's Groups API documents; a built-in group stays. */
  delete(id: string, by: By): void {
    const { groups, members, now, log } = this.#state
    const group = this.get(id)
    if (group.type === 'BUILT_IN') throw forbidden()
    const at = now()
    for (const userId of [...members.ids(id)]) members.remove(id, userId, at)
    groups.delete(id, at)
    if (group.type === 'OKTA_GROUP') this.#idByName.delete(group.name)
    log.write({ eventType: 'group.lifecycle.delete', target: [groupTarget(group)] }, by)
  }

  /** Nothing happens, and nothing is written, where the user is in already. */
  addMember(groupId: string, userId: string, by: By): void {
    this.#changeMember('add', groupId, userId, by)
  }

  /** Nothing happens, and nothing is written, where the user isn't in. */
  removeMember(groupId: string, userId: string, by: By): void {
    this.#changeMember('remove', groupId, userId, by)
  }

  #changeMember(verb: 'add' | 'remove', groupId: string, userId: string, by: By): void {
    const { users, members, now, log } = this.#state
    const group = this.#own(groupId)
    const user = users.get(userId)
    if (!user) throw notFound(userId, 'User')
    if (!members[verb](groupId, userId, now())) return
    log.write({ eventType: `group.user_membership.${verb}`, target: [userTarget(user), groupTarget(group)] }, by)
  }

  #own(id: string): Group {
    const group = this.get(id)
    if (group.type !== 'OKTA_GROUP') throw forbidden()
    return group
  }

  #checked(profile: unknown, id?: string): { name: string; description: string | null } {
    const { name, description = null } = (profile ?? {}) as Partial<GroupProfile>
    if (typeof name !== 'string' || name.trim() === '') throw invalid('name', `name: ${BLANK}`)
    if (name.length > 255) throw invalid('name', 'name: String is too long (maximum 255 characters)')
    if (description !== null && typeof description !== 'string')
      throw invalid('description', 'description: Must be a string')
    const owner = this.#idByName.get(name)
    if (owner !== undefined && owner !== id) throw invalid('name', `name: ${TAKEN}`)
    return { name, description }
  }
}
