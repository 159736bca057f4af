import { invalid, OktaError, wrongStatus } from './okta-error.ts'
import type { User, UserStatus } from './org-state.ts'

/** The operations of `POST /api/v1/users/{id}/lifecycle/{operation}`. */
export const LIFECYCLE = [
  'activate',
  'deactivate',
  'reactivate',
  'suspend',
  'unsuspend',
  'unlock',
  'expire_password',
  'reset_password',
] as const

export type LifecycleOperation = (typeof LIFECYCLE)[number]

/** What happens to users by themselves or by their sign-in, without a call of the API that is modelled here. */
export type OwnOperation = 'lock' | 'password_expires' | 'recover' | 'set_password'

interface Transition {
  from: readonly UserStatus[] | ((status: UserStatus) => boolean)
  to: (user: User) => UserStatus
  eventType: string
  refusal: (user: User) => OktaError
}

const refuse = (): OktaError => wrongStatus()
const to =
  (status: UserStatus): Transition['to'] =>
  () =>
    status

/**
 * Which status an operation leaves and which it leads to, with the event that it writes and the refusal where the status is
 * another. Refusals as Okta's Users API reference gives them: suspend and unsuspend answer 400 E0000001, unlock E0000032,
 * activating an active user E0000016, the rest E0000038.
 */
export const TRANSITIONS: Readonly<Record<LifecycleOperation | OwnOperation, Transition>> = {
  activate: {
    from: ['STAGED', 'DEPROVISIONED'],
    to: (user) => (user.hasPassword ? 'ACTIVE' : 'PROVISIONED'),
    eventType: 'user.lifecycle.activate',
    refusal: () => new OktaError(403, 'E0000016', 'Activation failed because the user is already active'),
  },
  deactivate: {
    from: (status) => status !== 'DEPROVISIONED',
    to: to('DEPROVISIONED'),
    eventType: 'user.lifecycle.deactivate',
    refusal: refuse,
  },
  reactivate: {
    from: ['PROVISIONED', 'RECOVERY'],
    to: to('PROVISIONED'),
    eventType: 'user.lifecycle.reactivate',
    refusal: refuse,
  },
  suspend: {
    from: ['ACTIVE'],
    to: to('SUSPENDED'),
    eventType: 'user.lifecycle.suspend',
    refusal: () => invalid('suspendUser', 'Cannot suspend a user that is not active'),
  },
  unsuspend: {
    from: ['SUSPENDED'],
    to: to('ACTIVE'),
    eventType: 'user.lifecycle.unsuspend',
    refusal: () => invalid('unsuspendUser', 'Cannot unsuspend a user that is not suspended'),
  },
  unlock: {
    from: ['LOCKED_OUT'],
    to: to('ACTIVE'),
    eventType: 'user.account.unlock_by_admin',
    refusal: () =>
      new OktaError(403, 'E0000032', 'Unlock is not allowed for this user.', ['The user is not locked out.']),
  },
  expire_password: {
    from: ['ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'RECOVERY'],
    to: to('PASSWORD_EXPIRED'),
    eventType: 'user.account.expire_password',
    refusal: refuse,
  },
  reset_password: {
    from: ['ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'RECOVERY'],
    to: to('RECOVERY'),
    eventType: 'user.account.reset_password',
    refusal: refuse,
  },
  lock: { from: ['ACTIVE'], to: to('LOCKED_OUT'), eventType: 'user.account.lock', refusal: refuse },
  password_expires: {
    from: ['ACTIVE'],
    to: to('PASSWORD_EXPIRED'),
    eventType: 'user.account.expire_password',
    refusal: refuse,
  },
  recover: { from: ['ACTIVE'], to: to('RECOVERY'), eventType: 'user.account.reset_password', refusal: refuse },
  // The end of the welcome flow, of an expired password and of a recovery: the user has chosen one.
  set_password: {
    from: ['PROVISIONED', 'PASSWORD_EXPIRED', 'RECOVERY', 'ACTIVE'],
    to: to('ACTIVE'),
    eventType: 'user.account.update_password',
    refusal: refuse,
  },
}

/** @throws OktaError where the user's status doesn't allow the operation */
export function transition(user: User, operation: LifecycleOperation | OwnOperation, at: number): User {
  const { from, to: lead, refusal } = TRANSITIONS[operation]
  const isAllowed = typeof from === 'function' ? from(user.status) : from.includes(user.status)
  if (!isAllowed) throw refusal(user)
  const status = lead(user)
  const setsPassword = operation === 'set_password'
  return {
    ...user,
    status,
    lastUpdated: at,
    statusChanged: status === user.status ? user.statusChanged : at,
    activated: operation === 'activate' ? at : user.activated,
    // Deactivation takes the credentials away: who is activated again goes through the welcome flow.
    hasPassword: setsPassword || (user.hasPassword && operation !== 'deactivate'),
    passwordChanged: setsPassword ? at : user.passwordChanged,
  }
}
