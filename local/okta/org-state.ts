import type { Ids } from './ids.ts'
import type { LogTarget } from './log-event.ts'
import type { Memberships } from './memberships.ts'
import type { SystemLog } from './system-log.ts'
import type { VersionedStore } from './versioned-store.ts'

export type GroupType = 'OKTA_GROUP' | 'APP_GROUP' | 'BUILT_IN'

/** A group but for its members. Times are epoch ms. */
export interface Group {
  readonly id: string
  readonly type: GroupType
  readonly name: string
  readonly description: string | null
  readonly created: number
  readonly lastUpdated: number
  /** The app that the group is imported from; null where none. */
  readonly appId: string | null
}

export type UserStatus =
  | 'STAGED'
  | 'PROVISIONED'
  | 'ACTIVE'
  | 'RECOVERY'
  | 'PASSWORD_EXPIRED'
  | 'LOCKED_OUT'
  | 'SUSPENDED'
  | 'DEPROVISIONED'

/** A user's profile: `login`, `email`, `firstName`, `lastName` and whatever else. */
export type UserProfile = Readonly<Record<string, unknown>> & { readonly login: string; readonly email: string }

/** A user. Times are epoch ms. */
export interface User {
  readonly id: string
  readonly status: UserStatus
  readonly profile: UserProfile
  /** Whether a password is set: without one, activation ends in PROVISIONED. */
  readonly hasPassword: boolean
  readonly created: number
  readonly lastUpdated: number
  readonly activated: number | null
  readonly statusChanged: number | null
  readonly passwordChanged: number | null
}

/** What the parts of an org share. */
export interface OrgState {
  readonly now: () => number
  readonly ids: Ids
  readonly log: SystemLog
  readonly groups: VersionedStore<Group>
  readonly users: VersionedStore<User>
  readonly members: Memberships
  /** The id of the built-in group that holds every user. */
  readonly everyoneId: string
}

export function groupTarget(group: Group): LogTarget {
  return { id: group.id, type: 'UserGroup', alternateId: 'unknown', displayName: group.name, detailEntry: null }
}

export function userTarget(user: User): LogTarget {
  return {
    id: user.id,
    type: 'User',
    alternateId: user.profile.login,
    displayName: displayName(user.profile),
    detailEntry: null,
  }
}

function displayName(profile: UserProfile): string {
  if (typeof profile['displayName'] === 'string') return profile['displayName']
  return [profile['firstName'], profile['lastName']].filter(Boolean).join(' ') || profile.login
}
