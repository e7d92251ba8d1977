// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import { apply, BINARY, inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith(service(1, 'p12'), service(2, 'p23', 'p31'))
const UNIT = new URL('../../manifests/balancing.service', import.meta.url).pathname

describeKernel('after a reboot', () => {
  let world: World
  let folder: string
  let saved: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-reboot-'))
    saved = join(folder, 'spec.yaml')
    writeFileSync(saved, printYaml(SPEC))
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const bpftool = (...args: string[]) => execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8' })
  async function answers(): Promise<unknown> {
    const call = { family: 4, mode: 'tcp', address: vip(1), port: 80, timeoutMs: 300 } as const
    const [outcome] = await world.dial('p11', [call])
    return outcome!.identities
  }

  /** What a reboot leaves of it: nothing. bpffs is memory, and cgroups are made anew. */
  function reboot(): void {
    for (const { id, attach_type } of JSON.parse(bpftool('cgroup', 'show', world.cgroup)))
      bpftool('cgroup', 'detach', world.cgroup, attach_type, 'id', String(id))
    rmSync(world.pins, { recursive: true })
    mkdirSync(world.pins)
  }

  it('the saved spec alone brings everything back: no network but loopback, no API server, no environment', async () => {
    await apply(world, SPEC)
    expect(await answers()).toEqual({ 'p12:8080': 1 })
    reboot()
    expect(await answers()).toEqual({})
    const command = [BINARY, 'apply', '-f', saved, '--node', 'n1', ...inside(world)]
    const alone = 'ip link set lo up && exec env -i "PATH=$PATH" "$0" "$@"'
    const { status, stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', alone, ...command], {
      encoding: 'utf8',
    })
    const why = 'no device here has an address that the spec gives the node n1; --device names edges'
    expect([status, stderr]).toEqual([0, `note: sockets only: ${why}\n`])
    expect(stdout).toContain('first apply here')
    expect(await answers()).toEqual({ 'p12:8080': 1 })
    expect((await run(['status', '--exit-code', ...inside(world)])).code).toBe(0)
  })

  const hasSystemd = process.env.CI !== undefined || spawnSync('systemd-analyze', ['--version']).status === 0
  it.skipIf(!hasSystemd)('systemd takes the unit that does so (needs systemd-analyze)', () => {
    const text = readFileSync(UNIT, 'utf8')
    expect(text.match(/^Exec\w+=\S+ apply -f \S+$/gm)).toHaveLength(2)
    const unit = join(folder, 'balancing.service')
    // It asks whether the command is there.
    writeFileSync(unit, text.replaceAll('/opt/balancing/bin/balancing', BINARY))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })
    expect([stderr, status]).toEqual(['', 0])
  })
})
