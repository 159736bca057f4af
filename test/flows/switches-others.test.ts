import { describe, test } from 'vitest'
import { otherRows } from '../support/switch-rows.ts'
import { tellStory } from '../support/switch-story.ts'

describe('the story of switches.test.ts goes the same way with', { timeout: 120_000 }, () => {
  test.for(otherRows)('$title', async (row) => {
    await tellStory(row)
  })
})
