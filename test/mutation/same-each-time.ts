import { fc } from '@fast-check/vitest'

// A property's name has its seed, and a mutant's tests are found by their names.
fc.configureGlobal({ seed: 1, numRuns: 50 })
