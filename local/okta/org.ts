import { EventHooks } from './event-hooks.ts'
import type { GroupProfile } from './groups.ts'
import { Groups } from './groups.ts'
import type { Ids } from './ids.ts'
import type { ImportOptions } from './imports.ts'
import { Imports } from './imports.ts'
import type { By, LogActor } from './log-event.ts'
import { NO_CLIENT, SYSTEM_ACTOR } from './log-event.ts'
import { Memberships } from './memberships.ts'
import type { Group, OrgState, User } from './org-state.ts'
import { SystemLog } from './system-log.ts'
import type { LifecycleOperation, OwnOperation } from './user-lifecycle.ts'
import type { NewUser } from './users.ts'
import { Users } from './users.ts'
import { VersionedStore } from './versioned-store.ts'

/**
 * An Okta org without sockets. What the API can do is in `groups`, `users` and `hooks`; the methods here do the same things,
 * and those that happen in Okta without the API, in the name of Okta itself. Each writes its events.
 * All throw OktaError where Okta would refuse.
 */
export class Org {
  /** 00o and 17 characters, as `/.well-known/okta-organization` gives it. */
  readonly id: string
  readonly state: OrgState
  readonly log: SystemLog
  readonly groups: Groups
  readonly users: Users
  readonly imports: Imports
  readonly hooks: EventHooks

  constructor(now: () => number, ids: Ids) {
    this.id = ids.okta('00o')
    this.log = new SystemLog(ids, now)
    this.state = {
      now,
      ids,
      log: this.log,
      groups: new VersionedStore<Group>(),
      users: new VersionedStore<User>(),
      members: new Memberships(),
      everyoneId: ids.okta('00g'),
    }
    this.groups = new Groups(this.state)
    this.users = new Users(this.state)
    this.imports = new Imports(this.state)
    this.hooks = new EventHooks(this.state)
    const at = now()
    this.state.groups.set(this.state.everyoneId, at, {
      id: this.state.everyoneId,
      type: 'BUILT_IN',
      name: 'Everyone',
      description: 'All users in your organization',
      created: at,
      lastUpdated: at,
      appId: null,
    })
  }

  /** The actor of a change; Okta itself unless told. */
  by(actor: LogActor = SYSTEM_ACTOR): By {
    return { actor, client: NO_CLIENT, transactionId: this.state.ids.letters(27), requestUri: null }
  }

  createGroup(profile: GroupProfile): Group {
    return this.groups.create(profile, this.by())
  }

  replaceGroup(id: string, profile: GroupProfile): Group {
    return this.groups.replace(id, profile, this.by())
  }

  deleteGroup(id: string): void {
    this.groups.delete(id, this.by())
  }

  addMember(groupId: string, userId: string): void {
    this.groups.addMember(groupId, userId, this.by())
  }

  removeMember(groupId: string, userId: string): void {
    this.groups.removeMember(groupId, userId, this.by())
  }

  /** Ids of all members now, sorted, whatever their status. */
  memberIds(groupId: string): string[] {
    return [...this.state.members.ids(groupId)]
  }

  /** A user by the login, which is the address too: ACTIVE, with a password, unless told. */
  createUser(login: string, more: Partial<NewUser> = {}): User {
    const profile = { firstName: login.split('@')[0], lastName: 'Example', login, email: login, ...more.profile }
    return this.users.create({ hasPassword: true, ...more, profile }, this.by())
  }

  updateUser(idOrLogin: string, profile: Record<string, unknown>): User {
    return this.users.update(idOrLogin, profile, this.by(), true)
  }

  /** A change of the address that tells no hook: see Users.updatePrimaryEmail. */
  updatePrimaryEmail(idOrLogin: string, email: string): User {
    return this.users.updatePrimaryEmail(idOrLogin, email, this.by())
  }

  /**
   * Any operation of the lifecycle, and what happens to a user without one: `lock` (LOCKED_OUT), `password_expires`
   * (PASSWORD_EXPIRED), `recover` (RECOVERY), `set_password` (back to ACTIVE).
   */
  changeUser(idOrLogin: string, operation: LifecycleOperation | OwnOperation): User {
    return this.users.change(idOrLogin, operation, this.by())
  }

  /** Deactivates; on a deactivated user, deletes for good. */
  deleteUser(idOrLogin: string): void {
    this.users.delete(idOrLogin, this.by())
  }

  importGroup(profile: { name: string; description?: string }): Group {
    return this.imports.importGroup(profile, this.by())
  }

  renameImportedGroup(id: string, name: string): Group {
    return this.imports.renameGroup(id, name, this.by())
  }

  deleteImportedGroup(id: string): void {
    this.imports.deleteGroup(id, this.by())
  }

  importMember(groupId: string, userId: string, options?: ImportOptions): void {
    this.imports.importMember(groupId, userId, this.by(), options)
  }

  removeImportedMember(groupId: string, userId: string, options?: ImportOptions): void {
    this.imports.removeImportedMember(groupId, userId, this.by(), options)
  }

  completeImport(): void {
    this.imports.complete(this.by())
  }

  /** What `work` does writes no events, and so delivers none: for filling an org. */
  quietly<T>(work: () => T): T {
    return this.log.quietly(work)
  }
}
