// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encode } from '../../src/datapath/codec.ts'
import { serviceId } from '../../src/datapath/identity.ts'
import { maps } from '../../src/datapath/layout.gen.ts'
import { hexBytes } from '../../src/plan/batch.ts'
import type { Service } from '../../src/spec/spec.ts'
import { apply } from './balancing.ts'
import { pod, service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker } from './talk.ts'
import { createWorld, type World } from './world.ts'

/** `apply` makes room for this many clients (src/bpf/generation/capacity.ts). */
const CLIENTS = 65_536
const PODS = ['p21', 'p22', 'p23', 'p24', 'p31', 'p32', 'p33', 'p34']
const NUMBERS = PODS.map((_, i) => i + 1)

/** What answers look like while it is known what was dialled, and afterwards. */
const AS_SERVICE = PODS.map((name, i) => `${name}:8080 ${vip(i + 1)}:53`)
const AS_BACKEND = PODS.map(name => `${name}:8080 ${pod(name).address}:8080`)
/** As many as one talker has. */
const SOCKETS = Array.from({ length: 64 }, (_, i) => `s${i}`)

/** What is remembered when there is no room for more. */
describeKernel('a full state map', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.close())

  const pinOf = (name: string) => `${world.pins}/balancing/g1/maps/${name}`
  function bpftool(...args: string[]): unknown {
    return JSON.parse(execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }))
  }
  const memoryOf = (name: string) =>
    (bpftool('map', 'show', 'pinned', pinOf(name)) as { bytes_memlock: number }).bytes_memlock
  function keysOf(name: string): string[] {
    const entries = bpftool('map', 'dump', 'pinned', pinOf(name)) as { key: string[] }[]
    return entries.map(({ key }) => key.join(' '))
  }

  it('of affinity: who comes again stays, who came once long ago is chosen for anew, nobody meets an error', async () => {
    await apply(world, specWith(...NUMBERS.map(n => ({ ...service(n, ...PODS), affinitySeconds: 3600 }))))
    const choices = async (from: string, tries: number) => {
      const calls = NUMBERS.map(n => ({ family: 4 as const, mode: 'tcp' as const, address: vip(n), port: 80, tries }))
      const outcomes = await world.dial(from, calls)
      for (const { identities, errors } of outcomes) expect([Object.keys(identities).length, errors]).toEqual([1, {}])
      return outcomes.flatMap(o => Object.keys(o.identities))
    }
    const memory = memoryOf('affinity')
    await choices('p12', 1)
    const once = keysOf('affinity')
    const regular = await choices('p11', 3)
    for (let others = 0; others < 1.5 * CLIENTS; others += CLIENTS / 8) {
      remember(others, CLIENTS / 8)
      expect(await choices('p11', 3)).toEqual(regular)
    }
    const kept = keysOf('affinity')
    expect(kept.length).toBeLessThanOrEqual(CLIENTS)
    expect(kept.length).toBeGreaterThan(0.9 * CLIENTS)
    expect(kept.filter(key => once.includes(key))).toEqual([])
    expect(memoryOf('affinity')).toBe(memory)
    expect(await choices('p12', 3)).toEqual(await choices('p12', 3))
  })

  /** Records of so many other clients of the first Service; of each processor, for what one has made last stays until it makes more. */
  function remember(first: number, count: number): void {
    const lines = Array.from({ length: count }, (_, i) => {
      const client = `2001:db8::${(1 + ((first + i) >> 12)).toString(16)}:${(1 + ((first + i) & 4095)).toString(16)}`
      const key = encode('affinity_key', { service: serviceId('default/s00001', 'http'), client, kind: 1, family: 4 })
      const value = hexBytes('\0'.repeat(maps.affinity.valueSize))
      return `map update pinned ${pinOf('affinity')} key hex ${hexBytes(key)} value hex ${value}\n`
    })
    const processors = availableParallelism()
    for (let n = 0; n < processors; n++) {
      const input = lines.filter((_, i) => i % processors === n).join('')
      const words = ['--cpu-list', String(n), 'bpftool', 'batch', 'file', '-']
      execFileSync('taskset', words, { input, stdio: ['pipe', 'ignore', 'pipe'] })
    }
  }

  it('of what unconnected sockets dialled: the latest answers show the Service, the oldest the backend, all arrive', async () => {
    await apply(world, specWith(...NUMBERS.map(n => datagrams(n, PODS[n - 1]!))), '--force')
    const room = maps.datagram_revnat.maxEntries
    const memory = memoryOf('datagram_revnat')
    // The latest of a socket is kept with it, all before that in the map.
    const talkers = Array.from({ length: Math.ceil((1.25 * room) / SOCKETS.length / (NUMBERS.length - 1)) }, () =>
      startTalker(world, 'p11'),
    )
    for (const { talk } of talkers) {
      const replies = await talk(
        ...SOCKETS.map(name => `${name} open 4 udp`),
        ...SOCKETS.flatMap(name => NUMBERS.map(n => `${name} sendto ${vip(n)} 53`)),
      )
      expect(new Set(replies)).toEqual(new Set(['ok']))
    }
    const bare: number[] = []
    for (const { talk, end } of talkers) {
      const answers = await talk(...SOCKETS.flatMap(name => NUMBERS.map(() => `${name} hear`)))
      end()
      expect(answers.filter(answer => !AS_SERVICE.includes(answer) && !AS_BACKEND.includes(answer))).toEqual([])
      expect(PODS.map(name => answers.filter(answer => answer.startsWith(name)).length)).toEqual(
        PODS.map(() => SOCKETS.length),
      )
      // The latest that a socket dialled.
      expect(answers.filter(answer => answer === AS_SERVICE.at(-1))).toHaveLength(SOCKETS.length)
      bare.push(answers.filter(answer => AS_BACKEND.includes(answer)).length)
    }
    expect(bare[0]).toBeGreaterThan(0)
    expect(bare.slice(bare.length / 2).filter(count => count > 0)).toEqual([])
    expect(memoryOf('datagram_revnat')).toBe(memory)
  })

  function datagrams(n: number, name: string): Service {
    const plain = service(n, name)
    return { ...plain, ports: [{ name: 'http', port: 53, protocol: 'UDP', except: [] }] }
  }
})
