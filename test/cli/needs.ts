// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

/** A describe() that needs a command; where it is missing it is skipped under a name that says so, and under CI it fails. */
export function describeWith(command: string, name: string, tests: () => void): void {
  const isThere = spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
  if (isThere) describe(name, tests)
  else if (process.env.CI) test(`${name}: ${command} is there`, () => expect(isThere).toBe(true))
  else describe.skip(`${name} (needs ${command})`, tests)
}
