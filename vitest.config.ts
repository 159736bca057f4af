import { defineConfig } from 'vitest/config'

/** What people run all day: the parts, and the flows that show the main job. */
const quick = [
  ...['cli', 'membership', 'okta', 'q-business', 'queue', 'settings', 'snapshot', 'sync', 'telemetry'].map(
    (folder) => `test/${folder}/**/*.test.ts`,
  ),
  ...['hook', 'main-job', 'reconcile'].map((flow) => `test/flows/${flow}.test.ts`),
]
/** Each fault by itself, one story under each side of every switch, dying at each call of every verb, random stories: `npm run exhaustive`. */
const exhaustive = ['crash-points*', 'faults-*', 'switches*', 'property-faults', 'spellings-property'].map(
  (flow) => `test/flows/${flow}.test.ts`,
)
/** Those that start processes with a time of their own, or change how time passes: what a file before them let pass would be wrong there. */
const own = [
  'flows/{behind,command*,doctor,mode,permissions,plan-comes-true,probe,property,remove-now,spellings}',
  'local/{killed,launch,main,story}',
  '{fuzz,packaged,simulation}/*',
].map((file) => `test/${file}.test.ts`)

export default defineConfig({
  test: {
    // A process of its own for the files of one worker: the functions take their surroundings from the environment, as in Lambda.
    pool: 'forks',
    // Loading what a cloud needs takes longer than many a file.
    isolate: false,
    // More than there are cores: most of the flows wait for a second to pass.
    maxWorkers: 4,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: [['default', { summary: false }], './test/support/count-reporter.ts'],
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
    projects: [
      { extends: true, test: { name: 'quick', include: quick } },
      {
        extends: true,
        test: {
          name: 'flows',
          include: ['test/**/*.test.ts'],
          exclude: [...quick, ...own, ...exhaustive],
        },
      },
      { extends: true, test: { name: 'own', include: own, isolate: true } },
      { extends: true, test: { name: 'exhaustive', include: exhaustive, isolate: true } },
    ],
    coverage: {
      provider: 'v8',
      include: ['shared/**/*.ts'],
      reporter: ['text-summary', 'json'],
      reportOnFailure: true,
      thresholds: { lines: 95, branches: 95 },
    },
  },
})
