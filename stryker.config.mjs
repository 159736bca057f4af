// Mutation tests: npm run mutate, see docs/testing.md.

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['shared/membership/*.ts', 'shared/sync/*.ts'],
  plugins: ['./test/mutation/runner.ts', './test/mutation/ignore-texts.ts'],
  testRunner: 'in-process',
  coverageAnalysis: 'perTest',
  ignorers: ['texts'],
  // TypeScript 7 has no API by which Stryker could rewrite tsconfig.json, and nothing in the copy needs it.
  ignorePatterns: ['/.local', '/.serverless', '/bench', '/coverage', '/dist', '/docs', '/reports', '/tsconfig.json'],
  disableTypeChecks: false,
  // A mutant is judged by what runs in one process; another core may be in use elsewhere.
  concurrency: 1,
  timeoutMS: 2_000,
  timeoutFactor: 1.5,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  jsonReporter: { fileName: 'reports/mutation/report.json' },
  logLevel: 'warn',
  allowConsoleColors: false,
  thresholds: { high: 95, low: 90, break: 90 },
}
