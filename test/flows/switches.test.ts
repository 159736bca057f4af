import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Faults } from '../../local/okta/faults.ts'
import { defaultSwitches } from '../../local/q-business/switches.ts'
import { listRows, tried } from '../support/switch-rows.ts'
import { tellStory } from '../support/switch-story.ts'

// A story of joins, leavers and names, under each side of everything that nobody knows of Amazon Q Business and Okta. The
// rows of this matrix are in three files, which run at the same time.

describe('the story goes the same way with', { timeout: 120_000 }, () => {
  test.for(listRows)('$title', async (row) => {
    const asked = await tellStory(row)
    // So that it doesn't matter what GetApplication says.
    expect(asked).not.toContain('GetApplication')
  })
})

test('every side of every switch has a row', () => {
  const source = readFileSync(join(import.meta.dirname, '../../local/q-business/switches.ts'), 'utf8')
  for (const [name, value] of Object.entries(defaultSwitches)) {
    const sides = source.match(new RegExp(`^  ${name}: ('.+)$`, 'm'))?.[1]?.matchAll(/'([^']+)'/g) ?? []
    const others = [...sides].map(([, side]) => side).filter((side) => side !== value)
    expect(tried.get(name)?.length, name).toBeGreaterThan(0)
    // Nothing here asks for the identity type.
    if (name !== 'identityType') expect(tried.get(name), name).toEqual(expect.arrayContaining(others))
  }
  const { deliveries, lag, rateLimits, clockAheadMs, requests, ...okta } = new Faults()
  expect([...tried.keys()]).toEqual(expect.arrayContaining([...Object.keys(okta), 'dpop']))
})
