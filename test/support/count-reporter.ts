import { appendFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** Counts the tests: for scripts/test.ts as a line of TEST_COUNTS, else as the last line of the run. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++
      if (module.errors().length > 0) count.failed++
    }
    const file = process.env['TEST_COUNTS']
    if (file) appendFileSync(file, `${JSON.stringify(count)}\n`)
    else process.on('exit', () => process.stdout.write(`\n${lineOf(count)}\n`))
  }
}

/** Such as `12 passed, 0 failed, 3 skipped`. */
export function lineOf({ passed, failed, skipped }: { passed: number; failed: number; skipped: number }): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
