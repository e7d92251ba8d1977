// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const SOURCES = [
  '*.ts',
  '*.c',
  '*.h',
  '*.sh',
  '*.go',
  'Makefile',
  '.ci/run',
  'bin/balancing',
  'test/kernel/bin/*',
  'test/kernels/init',
  'test/kernels/place',
]
const LICENCES = ['Apache-2.0', 'GPL-2.0-only', 'GPL-2.0-only OR Apache-2.0']

test('every source file names its licence in its first lines', () => {
  // Also files that are not committed yet; not those that are ignored.
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...SOURCES]
  const files = execFileSync('git', list, { encoding: 'utf8' }).trim().split('\n')
  expect(files.length).toBeGreaterThan(400)
  expect(files.filter(file => !LICENCES.includes(licenceOf(file) ?? ''))).toEqual([])
})

function licenceOf(file: string): string | undefined {
  const head = readFileSync(file, 'utf8').split('\n', 3).join('\n')
  return /SPDX-License-Identifier: (.+?)(?: \*\/)?$/m.exec(head)?.[1]
}
