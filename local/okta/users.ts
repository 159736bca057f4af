import type { By } from './log-event.ts'
import { invalid, notFound, TAKEN, wrongStatus } from './okta-error.ts'
import type { OrgState, User, UserProfile } from './org-state.ts'
import { groupTarget, userTarget } from './org-state.ts'
import type { LifecycleOperation, OwnOperation } from './user-lifecycle.ts'
import { TRANSITIONS, transition } from './user-lifecycle.ts'
import { changedAttributes, checkedProfile } from './user-profile.ts'

/** How a user begins. */
export interface NewUser {
  profile: Record<string, unknown>
  /** Okta's default is to activate: ACTIVE with a password, PROVISIONED without; otherwise STAGED. */
  activate?: boolean
  hasPassword?: boolean
  /** OKTA_GROUPs to be in from the start. */
  groupIds?: readonly string[]
}

/** The users of an org, as the Users API changes them. */
export class Users {
  readonly #state: OrgState
  readonly #idByLogin = new Map<string, string>()

  constructor(state: OrgState) {
    this.#state = state
  }

  /** By id, or by login without regard to case. @throws OktaError 404 E0000007 */
  get(idOrLogin: string, at?: number): User {
    const user = this.#state.users.get(this.#idByLogin.get(idOrLogin.toLowerCase()) ?? idOrLogin, at)
    if (!user) throw notFound(idOrLogin, 'User')
    return user
  }

  create(wanted: NewUser, by: By): User {
    const { ids, users, groups, members, everyoneId, now, log } = this.#state
    const profile = this.#checked(wanted.profile)
    const joined = (wanted.groupIds ?? []).map((id) => {
      const group = groups.get(id)
      if (group?.type !== 'OKTA_GROUP') throw notFound(id, 'UserGroup')
      return group
    })
    const at = now()
    const id = ids.okta('00u')
    const hasPassword = wanted.hasPassword ?? false
    let user = users.set(id, at, {
      id,
      status: 'STAGED',
      profile,
      hasPassword,
      created: at,
      lastUpdated: at,
      activated: null,
      statusChanged: null,
      passwordChanged: hasPassword ? at : null,
    })
    this.#idByLogin.set(profile.login.toLowerCase(), id)
    members.add(everyoneId, id, at)
    log.write({ eventType: 'user.lifecycle.create', target: [userTarget(user)] }, by)
    if (wanted.activate ?? true) user = this.change(id, 'activate', by)
    for (const group of joined) {
      members.add(group.id, id, at)
      log.write({ eventType: 'group.user_membership.add', target: [userTarget(user), groupTarget(group)] }, by)
    }
    return user
  }

  /** Sets the attributes that are given (`merge`), or the whole profile. A deactivated user's profile can't be changed. */
  update(idOrLogin: string, given: Record<string, unknown>, by: By, merge: boolean): User {
    const { users, now, log } = this.#state
    const before = this.get(idOrLogin)
    if (before.status === 'DEPROVISIONED') throw wrongStatus()
    const profile = this.#checked(merge ? { ...before.profile, ...given } : given, before.id)
    const changed = changedAttributes(before.profile, profile)
    if (changed.length === 0) return before
    const at = now()
    const user = users.set(before.id, at, { ...before, profile, lastUpdated: at })
    this.#idByLogin.delete(before.profile.login.toLowerCase())
    this.#idByLogin.set(profile.login.toLowerCase(), user.id)
    const debugData = { changedAttributes: changed.join(',') }
    log.write({ eventType: 'user.account.update_profile', target: [userTarget(user)], debugData }, by)
    return user
  }

  /** The user's own change of the primary address, which tells only an event that no hook may subscribe to. */
  updatePrimaryEmail(idOrLogin: string, email: string, by: By): User {
    const { users, now, log } = this.#state
    const before = this.get(idOrLogin)
    const at = now()
    const profile = this.#checked({ ...before.profile, email }, before.id)
    const user = users.set(before.id, at, { ...before, profile, lastUpdated: at })
    log.write({ eventType: 'user.account.update_primary_email', target: [userTarget(user)] }, by)
    return user
  }

  /** A step of the lifecycle. Memberships stay as they are. @throws OktaError where the status doesn't allow it */
  change(idOrLogin: string, operation: LifecycleOperation | OwnOperation, by: By): User {
    const { users, now, log } = this.#state
    const before = this.get(idOrLogin)
    const at = now()
    const user = users.set(before.id, at, transition(before, operation, at))
    log.write({ eventType: TRANSITIONS[operation].eventType, target: [userTarget(user)] }, by)
    return user
  }

  /** Deactivates; a user who is deactivated already is deleted for good, with all memberships. */
  delete(idOrLogin: string, by: By): void {
    const { users, members, now, log } = this.#state
    const user = this.get(idOrLogin)
    if (user.status !== 'DEPROVISIONED') {
      this.change(user.id, 'deactivate', by)
      return
    }
    const at = now()
    log.write({ eventType: 'user.lifecycle.delete.initiated', target: [userTarget(user)] }, by)
    for (const groupId of members.groupsOf(user.id)) members.remove(groupId, user.id, at)
    users.delete(user.id, at)
    this.#idByLogin.delete(user.profile.login.toLowerCase())
    log.write({ eventType: 'user.lifecycle.delete.completed', target: [userTarget(user)] }, by)
  }

  #checked(given: Record<string, unknown>, id?: string): UserProfile {
    const profile = checkedProfile(given)
    const owner = this.#idByLogin.get(profile.login.toLowerCase())
    if (owner !== undefined && owner !== id) throw invalid('login', `login: ${TAKEN}`)
    return profile
  }
}
