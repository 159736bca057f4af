import type { Reporter, TestModule } from 'vitest/node'

/** Ends the run with one plain line that counts the tests, after everything else that is reported. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    let broken = 0
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++
      if (module.errors().length > 0) broken++
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    const line = `${count.passed} passed, ${count.failed + broken} failed${skipped}`
    process.on('exit', () => process.stdout.write(`\n${line}\n`))
  }
}
