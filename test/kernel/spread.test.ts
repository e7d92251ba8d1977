// SPDX-License-Identifier: Apache-2.0
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import type { Endpoint, Service } from '../../src/spec/spec.ts'
import { apply } from './balancing.ts'
import { SPREAD } from './capable.ts'
import { unevenness } from './chi-square.ts'
import { SOAK } from './scale.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const CALLS = SOAK ? 1_000_000 : 100_000
/** Lists that stand in a frontend's element and in pages: 15 and 6 of the families fit. */
const COUNTS = [3, 7, 15, 16, 250]

const address = (family: Family, number: number) =>
  family === 4 ? `10.244.1.${number}` : `fd00:244:1::${number.toString(16)}`
const vip = (family: Family, number: number) => (family === 4 ? `10.96.0.${number}` : `fd00:96::${number.toString(16)}`)

/** A Service in front of so many backends, both families. */
function wide(count: number): Service {
  const state = { ready: true, serving: true, terminating: false, forZones: [], forNodes: [] }
  const endpoints = ([4, 6] as const).flatMap(family =>
    Array.from({ length: count }, (_, i): Endpoint => ({ address: address(family, i + 1), node: 'n1', ...state })),
  )
  return {
    ...service(count),
    clusterIPs: [vip(4, count), vip(6, count)],
    ports: [{ name: 'dns', port: 53, protocol: 'UDP', except: [] }],
    endpoints: [{ ports: [{ name: 'dns', number: 8080 }], endpoints }],
  }
}

describeKernel('every backend is equally likely', () => {
  let world: World
  beforeAll(async () => {
    const podRanges = { v4: '10.244.0.0/16', v6: 'fd00:244::/32' }
    const n1 = { name: 'n1', v4: '192.168.50.1', v6: 'fd00:50::1', pods: [], podRanges, podNamespaces: false }
    world = await createWorld({ nodes: [n1], outside: [], ports: [] })
    for (const backends of ['10.244.1.0/24', 'fd00:244:1::/64'])
      execFileSync('ip', ['-n', world.netns('n1'), 'route', 'add', 'local', backends, 'dev', 'lo'])
    await apply(world, specWith(...COUNTS.map(wide)))
    for (const hook of ['getpeername4', 'getpeername6'])
      execFileSync('bpftool', [
        'cgroup',
        'detach',
        world.cgroup,
        hook,
        'pinned',
        `${world.pins}/balancing/g1/programs/${hook}`,
      ])
  })
  afterAll(() => world?.close())

  /** Which backend each call got, in order, counted from 0. */
  async function choices(family: Family, mode: 'udp' | 'sendto', count: number): Promise<number[]> {
    const args = [world.cgroup, world.netns('n1'), String(family), mode, vip(family, count), '53', String(CALLS)]
    const { stdout } = await promisify(execFile)(SPREAD, args, { maxBuffer: 8 * CALLS })
    return stdout
      .trimEnd()
      .split('\n')
      .map(line => Number(line) - 1)
  }

  const ways = COUNTS.flatMap(count => ([4, 6] as const).map(family => ({ count, family })))

  it.each(ways)(`of $count over IPv$family: ${CALLS} connections`, async ({ count, family }) => {
    const chosen = await choices(family, 'udp', count)
    expect(chosen).toHaveLength(CALLS)
    expect(unevenness(countsOf(chosen, count))).toBeLessThan(6)
  })

  // A choice by cookie, and cookies are counted: programs that use sockets in turns must not get a pattern either.
  it.each(ways)(
    `of $count over IPv$family: ${CALLS} sockets of datagrams, and every nth of them`,
    async ({ count, family }) => {
      const chosen = await choices(family, 'sendto', count)
      expect(chosen).toHaveLength(CALLS)
      const uneven = []
      for (let n = 1; n <= 64; n++) {
        const those = unevenness(
          countsOf(
            chosen.filter((_, i) => i % n === 0),
            count,
          ),
        )
        if (those >= 6) uneven.push(`every ${n}th: ${those.toFixed(1)}`)
      }
      expect(uneven).toEqual([])
    },
  )
})

function countsOf(chosen: readonly number[], count: number): number[] {
  const counts = Array<number>(count).fill(0)
  for (const backend of chosen) counts[backend]!++
  return counts
}
