// SPDX-License-Identifier: Apache-2.0
import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with the one line that scripts read: `N passed, N failed`, and `, N skipped` when some were. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++
      // A file that cannot even be loaded has no tests to fail.
      if (module.state() === 'failed' && module.errors().length > 0) count.failed++
      // Those of a suite that could not be set up were skipped.
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed++
    }
    const skipped = count.skipped + count.pending
    process.on('exit', () =>
      console.log(`${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`),
    )
  }
}
