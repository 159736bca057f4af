import { expect, test } from 'vitest'
import { type EventHook, faultsOf, hookOf } from '../../shared/okta/event-hooks.ts'
import { DELIVERED } from '../../shared/okta/event-types.ts'

const uri = 'https://example.com/okta'
const hook: EventHook = {
  id: 'who1',
  name: 'q-group-sync prod',
  status: 'ACTIVE',
  verificationStatus: 'VERIFIED',
  lastUpdated: '2026-01-01T00:00:00.000Z',
  events: { type: 'EVENT_TYPE', items: [...DELIVERED.keys()] },
  channel: { config: { uri, authScheme: { key: 'Authorization' } } },
}
const other: EventHook = { ...hook, id: 'who2', channel: { config: { uri: 'https://example.com/other' } } }

test('the hook that leads to the address goes before one that bears the name', () => {
  const named = { name: 'another', uri }
  expect(hookOf([other, hook], named)).toBe(hook)
  expect(hookOf([other], { ...named, name: hook.name })).toBe(other)
  expect(hookOf([other], named)).toBe(null)
})

test('a hook that brings what is needed has no fault, whatever it brings besides', () => {
  expect(faultsOf(hook, uri)).toEqual([])
  const items = [...hook.events.items, 'user.session.start']
  expect(faultsOf({ ...hook, events: { ...hook.events, items } }, uri)).toEqual([])
})

test.each<[Partial<EventHook>, string]>([
  [
    { channel: { config: { ...hook.channel.config, uri: 'https://example.com/old' } } },
    'it leads to https://example.com/old, and not to https://example.com/okta',
  ],
  [{ status: 'INACTIVE' }, 'it is INACTIVE'],
  [{ verificationStatus: 'UNVERIFIED' }, 'it is UNVERIFIED'],
  [
    { events: { ...hook.events, items: hook.events.items.slice(2) } },
    `it lacks 2 event types: ${hook.events.items.slice(0, 2).join(', ')}`,
  ],
  [{ events: { ...hook.events, filter: {} } }, 'it has a filter, by which events are left out'],
  [{ channel: { config: { uri } } }, 'it sends no Authorization header'],
  [{ channel: { config: { uri, authScheme: { key: 'X-Secret' } } } }, 'it sends no Authorization header'],
])('a hook with %j has one fault: %s', (over, fault) => {
  expect(faultsOf({ ...hook, ...over }, uri)).toEqual([fault])
})
