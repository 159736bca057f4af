import type { Question } from '../queue/hint.ts'

/**
 * Okta's event types after which a group's members, or their user ids, may be others, and what each says about its user.
 * Source: Okta's public event catalog, release 2026.08.1. Those marked * can't be chosen for an event hook; only the System Log has them.
 */
export const CHANGES: ReadonlyMap<string, Question['says'] | null> = new Map<string, Question['says'] | null>([
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
  ['user.lifecycle.delete.completed', 'off'], // *
  ['user.lifecycle.suspend', 'off'],
  ['user.lifecycle.unsuspend', 'on'],
  ['user.account.lock', null],
  ['user.account.unlock', null],
  ['user.account.unlock_by_admin', null],
  ['user.account.update_profile', null],
  ['user.account.update_primary_email', null], // *
  ['user.account.update_user_type', null], // *
  ['app.user_management', null],
  ['app.user_management.user_group_import.upsert_success', null],
  ['app.user_management.user_group_import.delete_success', null], // *
  ['system.import.complete', null],
  ['system.import.group.create', null],
  ['system.import.group.update', null], // *
  ['system.import.group.delete', null],
  ['system.import.user.create', null], // *
  ['system.import.user.update', null], // *
  ['system.import.user.delete', 'off'], // *
  ['system.import.user.suspend', 'off'], // *
  ['system.import.user.unsuspend', 'on'], // *
  ['system.identity_sources.group.create', null], // *
  ['system.identity_sources.group.update', null], // *
  ['system.identity_sources.group.delete', null], // *
  ['system.identity_sources.group.user.assign', 'added'], // *
  ['system.identity_sources.group.user.revoke', 'removed'], // *
  ['system.identity_sources.user.update', null], // *
  ['system.identity_sources.user.delete', 'off'], // *
  ['system.identity_sources.bulk_group_upsert', null], // *
  ['system.identity_sources.bulk_group_delete', null], // *
  ['system.identity_sources.bulk_group_membership_upsert', null], // *
  ['system.identity_sources.bulk_group_membership_delete', null], // *
])
