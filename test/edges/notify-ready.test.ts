// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { notifyReady } from '../../src/host/notify-ready.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancing-notify-'))
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function makeNotify(body: string): void {
  const path = join(folder, 'systemd-notify')
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
}

it('systemd hears that the agent is ready, where it asked for that', async () => {
  makeNotify(`echo "$*" > ${folder}/said`)
  vi.stubEnv('NOTIFY_SOCKET', '')
  expect(await notifyReady()).toBeUndefined()
  expect(existsSync(join(folder, 'said'))).toBe(false)
  vi.stubEnv('NOTIFY_SOCKET', '/run/systemd/notify')
  expect(await notifyReady()).toBeUndefined()
  expect(readFileSync(join(folder, 'said'), 'utf8')).toBe('--ready\n')
})

it('what systemd-notify complains of is returned', async () => {
  makeNotify('echo "Failed to notify: no such socket" >&2; exit 1')
  vi.stubEnv('NOTIFY_SOCKET', '/run/systemd/notify')
  expect(await notifyReady()).toBe('Failed to notify: no such socket')
})

const hasSystemd = process.env.CI !== undefined || spawnSync('systemd-analyze', ['--version']).status === 0

it.skipIf(!hasSystemd)('systemd takes the unit of the agent (needs systemd-analyze)', () => {
  const unit = 'balancing-agent.service'
  const path = join(folder, unit)
  // It asks whether the command is there.
  const text = readFileSync(join('manifests', unit), 'utf8')
  writeFileSync(path, text.replaceAll('/opt/balancing/bin/balancing', '/bin/true'))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' })
  expect([stderr, status]).toEqual(['', 0])
})
