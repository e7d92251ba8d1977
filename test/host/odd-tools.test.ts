// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../../src/base/failure.ts'
import { filtersAt, filtersAtAll, qdiscAt } from '../../src/bpf/hooks/tc.ts'
import { deviceAddresses } from '../../src/host/device-addresses.ts'
import { readDeviceFacts } from '../../src/host/devices/read-facts.ts'
import { readSources } from '../../src/host/devices/read-sources.ts'
import { droppingChains } from '../../src/host/forwarding.ts'
import { redirectingChains } from '../../src/host/redirects.ts'
import { rulePlaces } from '../../src/host/rules.ts'

/** All that reads JSON of a tool which is not ours, and says what it cannot read in its result. */
const TOLD: Record<string, () => Promise<unknown>> = {
  deviceAddresses,
  droppingChains,
  redirectingChains: () => redirectingChains(process.pid),
  rulePlaces: async () => (await rulePlaces()).unknown[0],
}

/** All that does, and cannot go on without: exit 4. */
const REFUSED: Record<string, () => Promise<unknown>> = {
  readDeviceFacts,
  filtersAt: () => filtersAt('eth0', 'ingress'),
  filtersAtAll: () =>
    filtersAtAll([
      { device: 'eth0', direction: 'ingress' },
      { device: 'eth0', direction: 'egress' },
    ]),
  qdiscAt: () => qdiscAt('eth0'),
  readSources: () => readSources([{ device: 'eth0', destination: '10.0.0.1' }]),
}

const ODD: Record<string, string> = {
  'cut-off JSON': '[{"ifindex": 1, "nftables": [',
  'a list of numbers': '[1, 2]',
  'an object in a list, where names should be':
    '[{"addr_info": 7, "ifindex": 1, "flags": 1, "kind": 1, "dst": 5, "chain": 0, "options": 3}, null]',
  'bytes that are no UTF-8': '[\\377\\376',
  'no JSON at all': '[sorry',
}

describe('tools that print what cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-odd-tools-'))
  const { PATH } = process.env
  const say = (output: string) =>
    writeFileSync(
      join(folder, 'output'),
      Buffer.from(
        output.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
        'latin1',
      ),
    )
  beforeAll(() => {
    for (const tool of ['ip', 'nft', 'tc']) makeTool(join(folder, tool), `exec cat ${folder}/output`)
    makeTool(join(folder, 'nsenter'), 'shift; exec "$@"')
    process.env.PATH = `${folder}:${PATH}`
  })
  afterAll(() => {
    process.env.PATH = PATH
    rmSync(folder, { recursive: true })
  })

  describe.each(Object.entries(ODD))('%s', (_, output) => {
    it.each(Object.entries(TOLD))('%s: told as text', async (_, read) => {
      say(output)
      expect(await read()).toMatch(/^(ip|nft) printed what cannot be read: \[/)
    })

    it.each(Object.entries(REFUSED))('%s: exit 4', async (_, read) => {
      say(output)
      const error = await read().catch(error => error)
      expect(error).toBeInstanceOf(Failure)
      expect(error).toMatchObject({ exitCode: 4, message: expect.stringMatching(/printed what cannot be read: \[/) })
    })
  })

  it('nothing at all: told as text, where there is always something', async () => {
    say('')
    for (const [name, read] of Object.entries(TOLD))
      expect([name, await read()]).toEqual([name, expect.stringMatching(/printed nothing$/)])
    await expect(readDeviceFacts()).rejects.toThrow('ip -d address printed nothing')
  })
})

function makeTool(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
}
