// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { thousands } from '../../src/base/count.ts'
import { enums } from '../../src/datapath/layout.gen.ts'
import type { NodeStatus } from '../../src/node/node-status.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { apply, inside, run } from './balancing.ts'
import { makeTwin } from './builds.ts'
import { dualService } from './edge-rig.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const FLOOD = new URL('../../build/test/flood', import.meta.url).pathname
const EDGE = ['--device', 'eth0']

/** A Service with its backend here (30001), one elsewhere (30002), one of UDP with its backend here (30003). */
function spec(): Spec {
  const services = [service(1, 'p12'), service(2, 'p23'), service(3, 'p12')]
  return specWith(...services.map((base, i) => nodePort(dualService(base, i === 2 ? 'UDP' : 'TCP'), 30_001 + i)))
}

function nodePort(base: Spec['services'][number], port: number): Spec['services'][number] {
  return { ...base, ports: base.ports.map(one => ({ ...one, nodePort: port })) }
}

describeKernel('flows in use', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-flows-'))
  })
  afterEach(() => run(['cleanup', '--force', ...inside(world)], { netns: world.netns('n1') }))
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const onNode = (...args: string[]) => run([...args, ...inside(world)], { netns: world.netns('n1') })
  const status = async () => JSON.parse((await onNode('status', '-o', 'json')).stdout) as NodeStatus
  const generation = () => join(world.pins, 'balancing', readdirSync(join(world.pins, 'balancing')).at(-1)!)

  /** As if a flow had missed a record on each processor. */
  function restore(): void {
    const key = [enums.edge_count.COUNT_RESTORED, 0, 0, 0].map(String)
    const value = ['1', ...Array(7).fill('0')]
    execFileSync('bpftool', [
      'map',
      'update',
      'pinned',
      `${generation()}/maps/edge_counts`,
      'key',
      ...key,
      'value',
      ...value,
    ])
  }

  async function doctor(): Promise<string> {
    const { checks } = JSON.parse((await onNode('doctor', '-o', 'json')).stdout) as {
      checks: { name: string; result: string; found: string }[]
    }
    const { result, found } = checks.find(({ name }) => name === 'flow-records')!
    return `${result} ${found}`
  }

  /** New flows, of which the first hook alone is asked: their backend is here, so each makes two records. */
  function flood(count: number): void {
    const [arrive, depart] = ['arrive', 'depart'].map(name => `${generation()}/programs/${name}`)
    const input = `flood unanswered 203.0.113.1 ${count} 0\n`
    const { stdout, stderr } = spawnSync(FLOOD, [arrive!, depart!, '10.244.1.0'], { input, encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['done\n', ''])
  }

  it('are counted by protocol and family, each once; another build takes the counts over', async () => {
    await apply(world, spec(), '--device', 'none')
    expect(await status()).toMatchObject({ flows: null, flowsUnknown: null })
    await apply(world, spec(), ...EDGE)
    const none = { inUse: 0, tcp: 0, udp: 0, ipv4: 0, ipv6: 0, masqueraded: 0, records: 0, maxRecords: 262_144 }
    const since = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const before = await status()
    expect(before.flows).toEqual({ ...none, evicted: 0, since })
    expect(Math.abs(Date.parse(before.flows!.since!) - Date.now())).toBeLessThan(60_000)
    const [v4, v6] = ['192.168.50.1', 'fd00:50::1']
    await world.dial(
      'x1',
      [
        { family: 4, address: v4, port: 30_001, mode: 'tcp', tries: 7 },
        { family: 6, address: v6, port: 30_002, mode: 'tcp', tries: 5 },
        { family: 4, address: v4, port: 30_003, mode: 'udp', tries: 3 },
      ],
      '-',
    )
    const { flows } = await status()
    const dialled = { inUse: 15, tcp: 12, udp: 3, ipv4: 10, ipv6: 5, masqueraded: 5, records: 35, maxRecords: 262_144 }
    expect(flows).toEqual({ ...dialled, evicted: 0, since })
    expect((await onNode('status')).stdout).toContain(
      `flows     15 in use: TCP 12, UDP 3; IPv4 10, IPv6 5; 5 masqueraded\nrecords   35 of 262,144 in use, 0 evicted since ${flows!.since}\n`,
    )
    expect(await doctor()).toBe('ok 35 of 262,144 records in use')
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(spec()))
    const options = { binary: makeTwin(mkdtempSync(join(folder, 'twin-'))), netns: world.netns('n1') }
    const { stdout } = await run(['apply', '-f', path, '--node', 'n1', ...EDGE, ...inside(world)], options)
    expect(stdout).toContain('programs of another build')
    const after = (await status()).flows!
    expect(Math.abs(Date.parse(after.since!) - Date.parse(flows!.since!))).toBeLessThan(5000)
    expect({ ...after, since: flows!.since }).toEqual(flows)
  })

  it('fill the records in a flood: what was made and is not there was evicted, also for a generation that comes later', async () => {
    await apply(world, spec(), ...EDGE)
    flood(100)
    expect((await status()).flows).toMatchObject({ inUse: 100, records: 200, evicted: 0 })
    // The same flows in another epoch: their arrivals are replaced, and not made anew.
    await apply(world, specWith(...spec().services, service(9, 'p12')), ...EDGE)
    flood(100)
    expect((await status()).flows).toMatchObject({ inUse: 100, records: 200, evicted: 0 })
    flood(150_000)
    const flooded = (await status()).flows!
    const { inUse, records, maxRecords, evicted } = flooded
    expect(evicted).toBeGreaterThanOrEqual(300_000 - maxRecords)
    expect([evicted, inUse > maxRecords / 3]).toEqual([300_000 - records, true])
    const found = `${thousands(records)} of 262,144 records in use, ${thousands(evicted!)} evicted since ${flooded.since}`
    expect(await doctor()).toBe(`ok ${found}`)
    restore()
    expect(await doctor()).toMatch(
      /^warn \d+ records evicted while the flow was in use, since the programs were loaded/,
    )
    expect(await doctor()).toContain(`(${found})`)
    const more = Array.from({ length: 1100 }, (_, i) => service(10 + i, 'p12'))
    expect(await apply(world, { ...spec(), services: [...spec().services, ...more] }, ...EDGE)).toContain('new maps')
    expect((await status()).flows).toEqual({ ...flooded, since: expect.any(String) })
  })

  it('are unknown without their list, which the next apply makes', async () => {
    await apply(world, spec(), ...EDGE)
    flood(10)
    const list = `${generation()}/lists/flows`
    rmSync(list)
    const reason = `there is no list of flows at ${list}; apply makes it, or says why it cannot`
    expect(await status()).toMatchObject({ syncState: 'in-sync', flows: null, flowsUnknown: reason })
    expect((await onNode('status')).stdout).toContain(`flows     unknown: ${reason}\n`)
    expect(await doctor()).toBe(`ok how many flows there are is unknown: ${reason}`)
    expect(await apply(world, spec(), ...EDGE)).toContain('no changes')
    expect((await status()).flows).toMatchObject({ inUse: 10, records: 20, evicted: 0 })
  })
})
