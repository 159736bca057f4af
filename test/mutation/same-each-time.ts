import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

// A property's name has its seed, and the tests of a mutant are found by their names. Loading fast-check takes longer than most
// tests do, so only where it is used.
if (readFileSync(expect.getState().testPath!, 'utf8').includes('@fast-check/vitest')) {
  const { fc } = await import('@fast-check/vitest')
  fc.configureGlobal({ seed: 1, numRuns: 50 })
}
