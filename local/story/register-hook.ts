import { CHANGES } from '../../shared/okta/event-types.ts'
import type { Addresses } from '../cloud.ts'
import { HOOK_ELIGIBLE } from '../okta/event-types.ts'
import { oktaAdmin } from './okta-admin.ts'

/** The event types that a hook can have, of those that say something about members. */
export const HOOK_EVENT_TYPES = [...CHANGES.keys()].filter((type) => HOOK_ELIGIBLE.has(type))

/**
 * Registers the event hook with Okta and has it verified, as the guide says to do by hand.
 * @throws Error where Okta refuses it, or the hook doesn't answer the challenge
 */
export async function registerHook(addresses: Addresses): Promise<void> {
  const ask = oktaAdmin(addresses)
  const authScheme = { type: 'HEADER', key: 'Authorization', value: addresses.hookSecret }
  const { body } = await ask('POST', '/api/v1/eventHooks', {
    name: 'q-group-sync',
    events: { type: 'EVENT_TYPE', items: HOOK_EVENT_TYPES },
    channel: { type: 'HTTP', version: '1.0.0', config: { uri: addresses.hook, headers: [], authScheme } },
  })
  await ask('POST', `/api/v1/eventHooks/${body['id']}/lifecycle/verify`)
}
