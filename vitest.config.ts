import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A file has its own process: the functions take their surroundings from the environment, as in Lambda.
    pool: 'forks',
    // More than there are cores: most of the flows wait for a second to pass.
    maxWorkers: 4,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: [['default', { summary: false }], './test/support/count-reporter.ts'],
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
    coverage: {
      provider: 'v8',
      include: ['shared/**/*.ts'],
      reporter: ['text-summary', 'json'],
      thresholds: { lines: 90, branches: 90 },
    },
  },
})
