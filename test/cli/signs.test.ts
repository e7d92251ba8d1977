// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from './needs.ts'

const BIN = new URL('../../bin', import.meta.url).pathname

/** One Service with this backend, a second one with that port, and maybe a third. */
const spec = (backend: string, port: number, more = '') => `apiVersion: balancing.elf.io/v1alpha1
kind: DataplaneSpec
nodes:
  node-a: {addresses: [192.168.50.1]}
services:
  a/moves:
    clusterIPs: [10.96.0.1]
    ports:
      http: 80/TCP
  a/ports:
    clusterIPs: [10.96.0.2]
    ports:
      http: ${port}/TCP
${more}endpoints:
  a/moves:
  - ports: {http: 8080}
    addresses: [${backend}]
`

describeWith('script', 'the signs of a difference, on a terminal', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'balancing-signs-'))
    writeFileSync(join(folder, 'old.yaml'), spec('10.244.0.1', 80))
    writeFileSync(join(folder, 'moved.yaml'), spec('10.244.0.2', 80))
    const added = '  a/new:\n    clusterIPs: [10.96.0.3]\n    ports:\n      http: 80/TCP\n'
    writeFileSync(join(folder, 'more.yaml'), spec('10.244.0.2', 81, added))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = (command: string, onTerminal: boolean): string => {
    const env = {
      PATH: `${BIN}:${process.env.PATH}`,
      HOME: folder,
      TERM: 'xterm',
      NO_COLOR: '1',
      BALANCING_DEVICE: 'none',
    }
    const words = onTerminal ? ['script', '-qec', command, '/dev/null'] : ['sh', '-c', `${command} 2>&1`]
    const { stdout } = spawnSync(words[0]!, words.slice(1), { cwd: folder, env, encoding: 'utf8', input: '' })
    return stdout
  }
  const signs = (output: string) => output.split(/\r?\n/).filter(line => line.includes('signs: '))

  test('those that occur are explained, on one line, and no others', () => {
    expect(signs(run('balancing diff old.yaml moved.yaml', true))).toEqual([
      expect.stringMatching(/signs: ~ gets other endpoints$/),
    ])
    expect(signs(run('balancing diff old.yaml more.yaml', true))).toEqual([
      expect.stringMatching(
        /signs: \* gets another exposure \(addresses, ports, policies\), or a node changes · ~ gets other endpoints · \+ is added$/,
      ),
    ])
    expect(signs(run('balancing diff moved.yaml old.yaml --nodes', true))).toHaveLength(1)
  })

  test('equal specs, other forms and pipes have no such line', () => {
    expect(signs(run('balancing diff old.yaml old.yaml', true))).toEqual([])
    for (const form of ['unified', 'json', 'markdown'])
      expect(signs(run(`balancing diff old.yaml more.yaml -o ${form}`, true)), form).toEqual([])
    expect(signs(run('balancing diff old.yaml more.yaml', false))).toEqual([])
  })
})
