// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lock } from '../../src/host/lock.ts'

test('a lock that is taken names every process that holds it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-lock-'))
  const held = await lock(folder, 1)
  const child = spawn('sleep', ['30'], { stdio: ['ignore', 'ignore', 'ignore', held.fd] })
  try {
    const both = / 0 s: process \d+ \(.*\), process \d+ \(.*\) hold the lock$/
    const taken = lock(folder, 0)
    await expect(taken).rejects.toThrow(both)
    await expect(taken).rejects.toThrow(`process ${child.pid} (sleep 30)`)
    await expect(taken).rejects.toThrow(`process ${process.pid} (`)
    held.release()
    await expect(lock(folder, 0)).rejects.toThrow(/ 0 s: process \d+ \(sleep 30\) holds the lock$/)
  } finally {
    child.kill()
    rmSync(folder, { recursive: true })
  }
})
