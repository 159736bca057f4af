import { expect, test } from 'vitest'
import { fuzzHook } from './fuzz-hook.ts'

test('10,000 requests of every kind get the right answer, and nothing of them is in a log', {
  timeout: 180_000,
}, async () => {
  const { answers, hints } = await fuzzHook(10_000, 1)
  expect(Object.values(answers).reduce((sum, count) => sum + count)).toBe(10_000)
  // Each kind of answer was had often enough to say something.
  for (const status of [200, 400, 401, 405]) expect(answers[status], `of ${status}`).toBeGreaterThan(500)
  expect(hints).toBeGreaterThan(1_000)
})
