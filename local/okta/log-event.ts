export interface LogActor {
  id: string
  type: string
  alternateId: string
  displayName: string
  detailEntry: Record<string, unknown> | null
}

export interface LogClient {
  userAgent: { rawUserAgent: string; os: string; browser: string } | null
  zone: string | null
  device: string | null
  id: string | null
  ipAddress: string | null
  geographicalContext: null
}

/** A thing that an event is about. Readers pick it by `type` (`User`, `UserGroup`, …), never by its place. */
export interface LogTarget {
  id: string
  type: string
  /** A user's login; for the rest Okta says `unknown`. */
  alternateId: string
  displayName: string
  detailEntry: Record<string, unknown> | null
}

/** A System Log event as Okta writes it, nulls present. Times are ISO 8601 in UTC with milliseconds. */
export interface LogEvent {
  uuid: string
  published: string
  eventType: string
  version: '0'
  displayMessage: string
  severity: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
  actor: LogActor
  client: LogClient
  outcome: { result: string; reason: string | null }
  target: LogTarget[] | null
  transaction: { type: string; id: string; detail: Record<string, unknown> }
  debugContext: { debugData: Record<string, unknown> }
  legacyEventType: string | null
  authenticationContext: Record<string, unknown>
  securityContext: Record<string, unknown>
  request: { ipChain: unknown[] }
  device: null
}

/** Who does a thing, and by which request: what an event says beside what happened. */
export interface By {
  actor: LogActor
  client: LogClient
  transactionId: string
  /** The path of the request, or null where Okta itself or an import did it. */
  requestUri: string | null
}

/** What happened. `debugData` never holds new values, as with Okta. */
export interface Happening {
  eventType: string
  target: LogTarget[]
  debugData?: Record<string, unknown>
  outcome?: { result: string; reason: string | null }
}

/** Okta itself, as the actor of what no request asked for. */
export const SYSTEM_ACTOR: LogActor = {
  id: '00uSystemPrincipal00',
  type: 'SystemPrincipal',
  alternateId: 'system@example.com',
  displayName: 'Okta System',
  detailEntry: null,
}

export const NO_CLIENT: LogClient = {
  userAgent: null,
  zone: null,
  device: null,
  id: null,
  ipAddress: null,
  geographicalContext: null,
}

/** The complete event. `published` is epoch ms. */
export function logEvent(happening: Happening, by: By, uuid: string, published: number): LogEvent {
  return {
    actor: by.actor,
    client: by.client,
    device: null,
    authenticationContext: {
      authenticationProvider: null,
      credentialProvider: null,
      credentialType: null,
      issuer: null,
      interface: null,
      authenticationStep: 0,
      externalSessionId: by.transactionId,
    },
    displayMessage: DISPLAY_MESSAGES[happening.eventType] ?? happening.eventType,
    eventType: happening.eventType,
    outcome: happening.outcome ?? { result: 'SUCCESS', reason: null },
    published: new Date(published).toISOString(),
    securityContext: { asNumber: null, asOrg: null, isp: null, domain: null, isProxy: null },
    severity: happening.outcome?.result === 'FAILURE' ? 'WARN' : 'INFO',
    debugContext: {
      debugData: {
        ...(by.requestUri === null ? {} : { requestId: by.transactionId, requestUri: by.requestUri }),
        ...happening.debugData,
      },
    },
    legacyEventType: null,
    transaction: { type: by.requestUri === null ? 'JOB' : 'WEB', id: by.transactionId, detail: {} },
    uuid,
    version: '0',
    request: { ipChain: [] },
    target: happening.target,
  }
}

const DISPLAY_MESSAGES: Record<string, string> = {
  'app.user_management': 'User management operation in application',
  'app.user_management.user_group_import.delete_success': 'Imported group deleted',
  'app.user_management.user_group_import.upsert_success': 'Imported group upserted',
  'event_hook.activated': 'Event hook activated',
  'event_hook.created': 'Event hook created',
  'event_hook.deactivated': 'Event hook deactivated',
  'event_hook.deleted': 'Event hook deleted',
  'event_hook.delivery': 'Event hook delivery',
  'event_hook.updated': 'Event hook updated',
  'event_hook.verified': 'Event hook verified',
  'group.lifecycle.create': 'Create Okta group',
  'group.lifecycle.delete': 'Delete Okta group',
  'group.profile.update': 'Update Okta group',
  'group.user_membership.add': 'Add user to group membership',
  'group.user_membership.remove': 'Remove user from group membership',
  'system.import.complete': 'Complete import',
  'system.import.group.create': 'Create imported group',
  'system.import.group.delete': 'Delete imported group',
  'system.import.group.update': 'Update imported group',
  'user.account.expire_password': "Expire user's Okta password",
  'user.account.lock': 'Max sign in attempts exceeded',
  'user.account.reset_password': 'Fired when the user starts a password reset',
  'user.account.unlock_by_admin': 'Unlock user account for Okta by admin',
  'user.account.update_password': 'User update password for Okta',
  'user.account.update_primary_email': 'Update primary email',
  'user.account.update_profile': 'Update user profile for Okta',
  'user.lifecycle.activate': 'Activate Okta user',
  'user.lifecycle.create': 'Create okta user',
  'user.lifecycle.deactivate': 'Deactivate Okta user',
  'user.lifecycle.delete.completed': 'Delete Okta user completed',
  'user.lifecycle.delete.initiated': 'Delete Okta user initiated',
  'user.lifecycle.reactivate': 'Reactivate Okta user',
  'user.lifecycle.suspend': 'Suspend Okta user',
  'user.lifecycle.unsuspend': 'Unsuspend Okta user',
}
