import { describe, expect, test } from 'vitest'
import { HOOK_ELIGIBLE } from '../../local/okta/event-types.ts'
import { CHANGES, DELIVERED } from '../../shared/okta/event-types.ts'

describe('the event types', () => {
  test('that a delivery is expected of are those that an event hook can have', () => {
    expect([...CHANGES.keys()].filter((type) => HOOK_ELIGIBLE.has(type)).sort()).toEqual([...DELIVERED.keys()].sort())
  })
})
