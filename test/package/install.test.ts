// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('what make install leaves runs when the clone is gone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-install-'))
  try {
    const clone = join(folder, 'clone')
    for (const part of ['bin', 'dist', 'LICENSE', 'LICENSES', 'manifests', 'scripts'])
      cpSync(part, join(clone, part), { recursive: true, verbatimSymlinks: true })
    const prefix = join(folder, 'prefix')
    execFileSync(join(clone, 'scripts/install.sh'), [prefix])
    rmSync(clone, { recursive: true })

    const installed = (...args: string[]) =>
      execFileSync(join(prefix, 'bin/balancing'), args, { cwd: '/', encoding: 'utf8' })
    expect(installed('version', '-o', 'json')).toEqual(
      execFileSync('bin/balancing', ['version', '-o', 'json'], { encoding: 'utf8' }),
    )
    expect(installed('schema', '-o', 'json')).toContain('DataplaneSpec')
    expect(readFileSync(join(prefix, 'share/man/man1/balancing-apply.1'), 'utf8')).toContain('balancing')
    for (const file of [
      'LICENSE',
      'LICENSES/GPL-2.0-only.txt',
      'NOTICE',
      'dist/bpf/cgroup.bpf.o',
      'manifests/balancing.service',
    ])
      expect(existsSync(join(prefix, 'lib/balancing', file)), file).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
