// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EXIT } from '../../src/base/exit.ts'
import { Bpftool } from '../../src/bpf/bpftool/bpftool.ts'
import { makeTool } from '../kernel/tool.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancing-bpftool-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a bpftool that is killed says nothing of objects: not that they are gone, and it is not asked for each of them', async () => {
  const bpftool = new Bpftool({ program: makeTool(folder, `echo >> ${folder}/starts; kill -KILL $$`) })
  const lines = ['map show id 1', 'map show id 2', 'prog show id 3']
  await expect(bpftool.show(lines)).rejects.toMatchObject({
    exitCode: EXIT.nodeNotReady,
    message: expect.stringContaining('SIGKILL'),
  })
  expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('\n')
})

test('only a bpftool that cannot be started is to be installed', async () => {
  const versionOf = (program: string) => new Bpftool({ program, timeoutMs: 1_000 }).requireVersion()
  const refusal = (code: string) => ({ exitCode: EXIT.nodeNotReady, diagnostics: [expect.objectContaining({ code })] })
  await expect(versionOf('/nowhere/bpftool')).rejects.toMatchObject(refusal('bpftool-missing'))
  for (const script of ['kill -KILL $$', 'sleep 30'])
    await expect(versionOf(makeTool(folder, script)), script).rejects.toMatchObject(refusal('bpftool-failed'))
})
