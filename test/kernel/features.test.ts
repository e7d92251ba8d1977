// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FEATURES } from '../../src/bpf/features.ts'
import { printYaml } from '../../src/spec/print.ts'
import { BINARY, inside, type Ran, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker } from './talk.ts'
import { createWorld, type World } from './world.ts'

const BTF = '/sys/kernel/btf/vmlinux'
const ERRNO = FEATURES.find(feature => feature.name === 'errno')!

it('docs/served.md names each feature and what is lost without it', () => {
  const rows = readFileSync('docs/served.md', 'utf8').matchAll(/^\| ([a-z-]+) \| \d+\.\d+ \| (.*) \|$/gm)
  expect([...rows].map(([, name, lost]) => [name, lost])).toEqual(FEATURES.map(({ name, lost }) => [name, lost]))
})

/** The loader and we read the same description of the kernel, so another description is another kernel to both. */
describeKernel('on a kernel that lacks a feature', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-features-'))
    writeFileSync(join(folder, 'spec.yaml'), printYaml(specWith(service(1, 'p12'), service(2))))
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const spec = () => ['-f', join(folder, 'spec.yaml'), '--node', 'n1']
  /** Runs the command where `from` is seen at `to`. */
  function runOver(from: string, to: string, args: readonly string[]): Ran {
    const script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    const all = ['-m', 'sh', '-c', script, from, to, BINARY, ...args]
    const { status, stdout, stderr } = spawnSync('unshare', all, { encoding: 'utf8' })
    return { code: status ?? undefined, stdout, stderr }
  }

  /** The description of this kernel without a name. */
  function without(name: string): string {
    const path = join(folder, name)
    const description = readFileSync(BTF)
    description.write('X', description.indexOf(`\0${name}\0`) + 1)
    writeFileSync(path, description)
    return path
  }

  it('errno: refused calls fail with EPERM, every apply says so, and status keeps saying it', async () => {
    const kernel = without('BPF_FUNC_user_ringbuf_drain')
    const applied = runOver(kernel, BTF, ['apply', ...spec(), ...inside(world)])
    const note = `note: degraded: this kernel lacks errno: ${ERRNO.lost}\n`
    expect(applied).toMatchObject({ code: 0, stderr: note })
    const calls = [1, 2].map(n => ({ family: 4, mode: 'tcp', address: vip(n), port: 80 }) as const)
    const [served, refused] = await world.dial('p11', calls)
    expect([served!.identities, refused!.errors]).toEqual([{ 'p12:8080': 1 }, { EPERM: 1 }])
    const again = runOver(kernel, BTF, ['apply', ...spec(), ...inside(world)])
    expect([again.stderr, again.stdout]).toEqual([note, expect.stringContaining('no changes')])
    expect(runOver(kernel, BTF, ['status', ...inside(world)]).stdout).toContain(`\ndegraded  errno: ${ERRNO.lost}\n`)
    const status = runOver(kernel, BTF, ['status', '-o', 'json', ...inside(world)])
    expect(JSON.parse(status.stdout).degraded).toEqual({ errno: ERRNO.lost })
  })

  it('multipath: getpeername() shows the backend, and every apply says so', async () => {
    const kernel = without('BPF_FUNC_skc_to_mptcp_sock')
    await run(['cleanup', ...inside(world)])
    const applied = runOver(kernel, BTF, ['apply', ...spec(), ...inside(world)])
    const { lost } = FEATURES.find(feature => feature.name === 'multipath')!
    expect(applied).toMatchObject({ code: 0, stderr: `note: degraded: this kernel lacks multipath: ${lost}\n` })
    const client = startTalker(world, 'p11')
    const replies = await client.talk('s open 4 mptcp', `s connect ${vip(1)} 80`, 's peer')
    client.end()
    expect(replies).toEqual(['ok', 'ok', '10.244.1.12:8080'])
  })

  it('none: nothing is said', async () => {
    expect((await run(['apply', ...spec(), ...inside(world)])).stderr).toBe('')
    expect((await run(['status', ...inside(world)])).stdout).not.toContain('degraded')
  })

  it('no description at all: refused', () => {
    const nothing = join(folder, 'nothing')
    mkdirSync(nothing)
    const refused = runOver(nothing, '/sys/kernel/btf', ['apply', ...spec(), ...inside(world)])
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('error[no-btf] this kernel does not')])
  })
})
