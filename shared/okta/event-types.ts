import type { Question } from '../queue/hint.ts'

type Says = Question['says'] | null

/**
 * Okta's event types after which a group's members, or their user ids, may be others, and what each says about its user: those
 * that may be chosen for an event hook. Source: Okta's public event catalog, release 2026.08.1.
 */
export const DELIVERED: ReadonlyMap<string, Says> = new Map<string, Says>([
  ['group.user_membership.add', 'added'],
  ['group.user_membership.remove', 'removed'],
  ['group.lifecycle.create', null],
  ['group.lifecycle.delete', null],
  ['group.profile.update', null],
  ['user.lifecycle.create', null],
  ['user.lifecycle.activate', 'on'],
  ['user.lifecycle.reactivate', null],
  ['user.lifecycle.deactivate', 'off'],
  ['user.lifecycle.delete.initiated', 'off'],
  ['user.lifecycle.suspend', 'off'],
  ['user.lifecycle.unsuspend', 'on'],
  ['user.account.lock', null],
  ['user.account.unlock', null],
  ['user.account.unlock_by_admin', null],
  ['user.account.update_profile', null],
  ['app.user_management', null],
  ['app.user_management.user_group_import.upsert_success', null],
  ['system.import.complete', null],
  ['system.import.group.create', null],
  ['system.import.group.delete', null],
])

/** The same for those that may not: only the System Log has them. */
const ONLY_LOGGED: ReadonlyMap<string, Says> = new Map<string, Says>([
  ['user.lifecycle.delete.completed', 'off'],
  ['user.account.update_primary_email', null],
  ['user.account.update_user_type', null],
  ['app.user_management.user_group_import.delete_success', null],
  ['system.import.group.update', null],
  ['system.import.user.create', null],
  ['system.import.user.update', null],
  ['system.import.user.delete', 'off'],
  ['system.import.user.suspend', 'off'],
  ['system.import.user.unsuspend', 'on'],
  ['system.identity_sources.group.create', null],
  ['system.identity_sources.group.update', null],
  ['system.identity_sources.group.delete', null],
  ['system.identity_sources.group.user.assign', 'added'],
  ['system.identity_sources.group.user.revoke', 'removed'],
  ['system.identity_sources.user.update', null],
  ['system.identity_sources.user.delete', 'off'],
  ['system.identity_sources.bulk_group_upsert', null],
  ['system.identity_sources.bulk_group_delete', null],
  ['system.identity_sources.bulk_group_membership_upsert', null],
  ['system.identity_sources.bulk_group_membership_delete', null],
])

/** All of them. */
export const CHANGES: ReadonlyMap<string, Says> = new Map([...DELIVERED, ...ONLY_LOGGED])

/** What Okta logs of a delivery to an event hook. */
export const HOOK_DELIVERY = 'event_hook.delivery'
