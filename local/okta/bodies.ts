import type { EventHook } from './event-hooks.ts'
import type { Group, User, UserStatus } from './org-state.ts'

const iso = (time: number) => new Date(time).toISOString()
const isoOrNull = (time: number | null) => (time === null ? null : iso(time))
const link = (href: string, method: 'GET' | 'POST' | 'DELETE' | 'PUT' = 'GET') => ({ href, hints: { allow: [method] } })

/** The id of the default user type, one per org in Okta. */
const USER_TYPE = 'oty00000000000000000'

/**
 * A group as Okta shows it (the Group schema of its OpenAPI description). A description that was never given is null, which
 * the schema doesn't say and Okta does. `stats` goes under `_embedded` where the caller expands it.
 */
export function groupBody(url: string, group: Group, lastMembershipUpdated: number, stats?: { usersCount: number }) {
  const self = `${url}/api/v1/groups/${group.id}`
  return {
    id: group.id,
    created: iso(group.created),
    lastUpdated: iso(group.lastUpdated),
    lastMembershipUpdated: iso(lastMembershipUpdated),
    objectClass: [group.type === 'APP_GROUP' ? 'okta:windows_security_principal' : 'okta:user_group'],
    type: group.type,
    profile: { name: group.name, description: group.description },
    ...(stats && {
      _embedded: { stats: { ...stats, appsCount: 0, groupPushMappingsCount: 0, hasAdminPrivilege: false } },
    }),
    _links: {
      logo: ['medium', 'large'].map((name) => ({
        name,
        href: `${url}/img/logos/groups/${name}.png`,
        type: 'image/png',
      })),
      ...(group.appId && { source: { href: `${url}/api/v1/apps/${group.appId}` } }),
      users: { href: `${self}/users` },
      apps: { href: `${self}/apps` },
    },
  }
}

// Which steps Okta offers to a user of a status.
const STEPS: Record<UserStatus, readonly string[]> = {
  STAGED: ['activate', 'deactivate'],
  PROVISIONED: ['reactivate', 'deactivate'],
  ACTIVE: ['suspend', 'resetPassword', 'expirePassword', 'deactivate'],
  RECOVERY: ['resetPassword', 'deactivate'],
  PASSWORD_EXPIRED: ['resetPassword', 'deactivate'],
  LOCKED_OUT: ['unlock', 'deactivate'],
  SUSPENDED: ['unsuspend', 'deactivate'],
  DEPROVISIONED: ['activate'],
}

/** A user as Okta shows it (the User schema of its OpenAPI description). */
export function userBody(url: string, user: User) {
  const self = `${url}/api/v1/users/${user.id}`
  const step = (name: string) =>
    link(`${self}/lifecycle/${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`, 'POST')
  return {
    id: user.id,
    status: user.status,
    created: iso(user.created),
    activated: isoOrNull(user.activated),
    statusChanged: isoOrNull(user.statusChanged),
    lastLogin: null,
    lastUpdated: iso(user.lastUpdated),
    passwordChanged: isoOrNull(user.passwordChanged),
    type: { id: USER_TYPE },
    profile: { mobilePhone: null, secondEmail: null, ...user.profile },
    credentials: {
      ...(user.hasPassword && { password: {} }),
      provider: { type: 'OKTA', name: 'OKTA' },
    },
    _links: {
      self: { href: self },
      type: { href: `${url}/api/v1/meta/types/user/${USER_TYPE}` },
      schema: { href: `${url}/api/v1/meta/schemas/user/default` },
      ...Object.fromEntries(STEPS[user.status].map((name) => [name, step(name)])),
    },
  }
}

/** An event hook as Okta shows it (the EventHook schema): without the secret. */
export function eventHookBody(url: string, hook: EventHook) {
  const self = `${url}/api/v1/eventHooks/${hook.id}`
  const { uri, headers, authScheme } = hook.channel
  const other = hook.status === 'ACTIVE' ? 'deactivate' : 'activate'
  return {
    id: hook.id,
    name: hook.name,
    description: hook.description,
    status: hook.status,
    verificationStatus: hook.verificationStatus,
    created: iso(hook.created),
    createdBy: hook.createdBy,
    lastUpdated: iso(hook.lastUpdated),
    events: { type: 'EVENT_TYPE', items: hook.eventTypes, filter: null },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri,
        headers,
        method: 'POST',
        ...(authScheme && { authScheme: { type: 'HEADER', key: authScheme.key } }),
      },
    },
    _links: {
      self: link(self),
      verify: link(`${self}/lifecycle/verify`, 'POST'),
      [other]: link(`${self}/lifecycle/${other}`, 'POST'),
    },
  }
}
