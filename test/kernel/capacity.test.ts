// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { maps } from '../../src/datapath/layout.gen.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { apply, inside, type Ran, run } from './balancing.ts'
import { type MemoryCgroup, makeMemoryCgroup } from './memory.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const MIB = 1 << 20
const SMALL = specWith(service(1, 'p12'))

describeKernel('what does not fit into the kernel', () => {
  let world: World
  let folder: string
  let memory: MemoryCgroup | undefined
  let within: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-capacity-'))
    memory = makeMemoryCgroup(`${world.id}-memory`)
    // Only what makes and fills maps: everything else needs memory of its own.
    within = script(
      `grep -qE '^map (create|update)' /proc/self/fd/0 && echo $$ > ${memory?.path}/cgroup.procs\nexec bpftool "$@"`,
    )
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
    memory?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  function script(body: string): string {
    const path = join(mkdtempSync(join(folder, 'tool-')), 'bpftool')
    writeFileSync(path, `#!/bin/sh\n${body}\n`)
    chmodSync(path, 0o755)
    return path
  }
  function tryToApply(spec: Spec, tool: string): Promise<Ran> {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(spec))
    return run(['apply', '-f', path, '--node', 'n1', ...inside(world)], { env: { BALANCING_BPFTOOL: tool } })
  }
  async function expectOld(): Promise<void> {
    expect(readdirSync(`${world.pins}/balancing`).length).toBe(1)
    const [outcome] = await world.dial('p11', [{ family: 4, mode: 'tcp', address: vip(1), port: 80 }])
    expect(outcome!.identities).toEqual({ 'p12:8080': 1 })
    expect(await apply(world, SMALL, '--force')).toContain('no changes')
  }

  it('has a memory cgroup to try it in', () => expect(memory).toBeDefined())

  it('a map that there is no memory to make: named with its size and what helps, exit 5, nothing changed', async () => {
    await apply(world, SMALL)
    memory!.limit(6 * MIB)
    const { code, stdout, stderr } = await tryToApply(specWith({ ...service(1, 'p12'), affinitySeconds: 60 }), within)
    expect([code, stdout]).toEqual([5, ''])
    expect(stderr).toMatch(
      /^error\[build-failed\] the map affinity of 65536 entries cannot be made: .*Cannot allocate memory; nothing was changed\n {2}hint: raise the memory limit of the cgroup/m,
    )
    await expectOld()
  })

  // The kernel refuses the entry, or ends bpftool, whichever of them asks first.
  it('entries that there is no memory for: named with the map, exit 5, nothing changed', async () => {
    await apply(world, SMALL, '--force')
    memory!.limit(8 * MIB)
    const many = specWith(...Array.from({ length: 30_000 }, (_, i) => service(i + 1, 'p12')))
    const { code, stdout, stderr } = await tryToApply(many, within)
    expect([code, stdout]).toEqual([5, ''])
    expect(stderr).toMatch(
      /^error\[build-failed\] one of 30000 writes to the map frontends of \d+ entries failed: .*(Cannot allocate memory|ended by SIGKILL); nothing was changed\n {2}hint: raise the memory limit/m,
    )
    await expectOld()
  })

  it('a map that somebody else fills meanwhile: said, and made anew by the next apply', async () => {
    await apply(world, SMALL, '--force')
    const two = specWith(service(1, 'p12'), service(2, 'p23'))
    const pin = `${world.pins}/balancing/${readdirSync(`${world.pins}/balancing`)[0]}/maps/frontends`
    const value = Array(maps.frontends.valueSize).fill('0').join(' ')
    const junk = Array.from({ length: 1024 }, (_, i) => {
      return `map update pinned ${pin} key ${i & 255} ${i >> 8} ${Array(18).fill('1').join(' ')} value ${value}\n`
    })
    writeFileSync(join(folder, 'junk'), junk.join(''))
    const filling = script(
      `grep -q '^map update' /proc/self/fd/0 && bpftool batch file ${folder}/junk >/dev/null 2>&1\nexec bpftool "$@"`,
    )
    const { code, stderr } = await tryToApply(two, filling)
    expect([5, 6]).toContain(code)
    expect(stderr).toMatch(
      /to the map frontends.*: .*Argument list too long.*\n {2}hint: .*the map is full.*run balancing apply again/,
    )
    expect(await apply(world, two)).toContain('frontends needs 1025 entries and holds 1024')
  })
})
