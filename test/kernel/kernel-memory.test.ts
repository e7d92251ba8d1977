// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Edges } from '../../src/compile/edges.ts'
import { printYaml } from '../../src/spec/print.ts'
import { compileAt } from '../build/compile.ts'
import { manyServices } from '../many-services.ts'
import { mapMemory } from '../map-memory.ts'
import { type Arm, makeArm, NODE_ADDRESSES } from './arm.ts'
import { run } from './balancing.ts'
import { type MemoryCgroup, makeMemoryCgroup } from './memory.ts'
import { describeKernel } from './suite.ts'
import { cgroupOf, pinsOf, removeTraces, stateOf } from './traces.ts'

const ID = `bal-${process.pid}-4`
const MIB = 2 ** 20
/** Of a map, what the kernel keeps beside buckets and elements. What a slab has over an element, it does not count: up to 15 %. */
const BESIDE = 16 * 1024
/** Programs, and what the kernel keeps in reserve for each processor. */
const MORE = 4 * MIB

/** The memory of the maps of 10,000 Services of ten endpoints, as test/map-memory.ts counts it and as the kernel does. */
describeKernel('kernel memory of 10,000 Services at a node with an edge', () => {
  let arm: Arm
  let folder: string
  let memory: MemoryCgroup | undefined
  beforeAll(() => {
    arm = makeArm(ID, 'memory')
    folder = mkdtempSync(join(tmpdir(), 'balancing-memory-'))
    for (const path of [cgroupOf(ID), pinsOf(ID)]) mkdirSync(path)
  })
  afterAll(() => {
    removeTraces(ID)
    memory?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  async function balancing(...args: string[]): Promise<string> {
    const flags = ['--cgroup', cgroupOf(ID), '--pin-dir', `${pinsOf(ID)}/balancing`, '--state-dir', stateOf(ID)]
    const ran = await run([...args, ...flags], { netns: arm.node, env: { BALANCING_BPFTOOL: join(folder, 'bpftool') } })
    expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringContaining('error')])
    return ran.stdout
  }

  /** Whatever bpftool makes is charged to a memory cgroup of its own. */
  function chargeTo(cgroup: MemoryCgroup): void {
    const path = join(folder, 'bpftool')
    writeFileSync(path, `#!/bin/sh\necho $$ > ${cgroup.path}/cgroup.procs\nexec bpftool "$@"\n`)
    chmodSync(path, 0o755)
  }

  it.each([
    ['TCP', 'off'],
    ['TCP', 'native'],
    ['UDP', 'off'],
    ['UDP', 'native'],
  ] as const)(
    '%s, XDP %s: each map is as large as it was counted, and the whole fits 64 MiB',
    async (protocol, xdp) => {
      memory = makeMemoryCgroup(`${ID}-${protocol}-${xdp}`)!
      chargeTo(memory)
      const spec = manyServices(protocol)
      writeFileSync(join(folder, 'spec.yaml'), printYaml(spec))
      await balancing('apply', '-f', join(folder, 'spec.yaml'), '--node', 'n1', '--device', 'node', '--xdp', xdp)
      const charged = memory.charged()
      const { configMaps, stateMaps } = JSON.parse(await balancing('status', '-o', 'json'))
      const edges: Edges = {
        devices: [
          {
            device: 'node',
            ifindex: arm.nodeIndex,
            nat4: NODE_ADDRESSES[4],
            nat6: NODE_ADDRESSES[6],
            rawIp: false,
            xdp: xdp === 'native',
          },
        ],
        otherProxy: false,
      }
      const counted = mapMemory(compileAt(spec, 'n1', edges).image, xdp === 'native', availableParallelism())
      const held: Record<string, { memory: number }> = { ...configMaps, ...stateMaps }
      expect(Object.keys(held).sort()).toEqual([...counted.keys()].sort())
      for (const [name, bytes] of counted)
        expect(Math.abs(held[name]!.memory - bytes), name).toBeLessThan(0.15 * bytes + BESIDE)
      const all = [...counted.values()].reduce((sum, bytes) => sum + bytes, 0)
      expect(charged).toBeGreaterThan(all)
      expect(charged).toBeLessThan(all + MORE)
      expect(charged).toBeLessThan(64 * MIB)
      await balancing('cleanup', '--force')
      memory.remove()
      memory = undefined
    },
    60_000,
  )
})
