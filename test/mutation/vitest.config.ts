import { defineConfig } from 'vitest/config'

/** What judges a mutant: only what is fast and the same each time. */
export default defineConfig({
  test: {
    include: [
      'test/membership/*.test.ts',
      'test/sync/*.test.ts',
      'test/cli/*.test.ts',
      'test/regressions/{membership,recipes}.test.ts',
    ],
    exclude: ['test/sync/own-puts.test.ts'],
    setupFiles: ['test/mutation/same-each-time.ts'],
    isolate: false,
    testTimeout: 5_000,
    hookTimeout: 10_000,
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
  },
})
