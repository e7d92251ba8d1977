// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { capable } from './capable.ts'

/**
 * A describe() that needs the kernel. Where a capability is missing it is skipped, under a name that says which; under
 * CI that is a failure.
 */
export function describeKernel(name: string, tests: () => void): void {
  const able = capable()
  if (able.ok) {
    describe(name, tests)
  } else if (process.env.CI) {
    it(`${name}: can run here`, () => expect(able.missing).toEqual([]))
  } else {
    describe.skip(`${name} (needs ${able.missing.join(', ')})`, tests)
  }
}
