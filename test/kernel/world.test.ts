// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeKernel } from './suite.ts'
import { tracesOf } from './traces.ts'
import { createWorld, type World } from './world.ts'

describeKernel('the test world', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  }, 30_000)
  afterAll(() => world.close())

  it.each([
    ['p11', 4, 'tcp', '10.244.1.12', 'p12:8080', '10.244.1.11'],
    ['p11', 4, 'udp', '10.244.2.13', 'p23:8080', '10.244.1.11'],
    ['p11', 6, 'tcp', 'fd00:244:3::14', 'p34:8080', 'fd00:244:1::11'],
    ['p11', 6, 'udp', 'fd00:244:1::11', 'p11:8080', 'fd00:244:1::11'],
    ['p12', 46, 'tcp', '10.244.3.11', 'p31:8080', '10.244.1.12'],
    ['n1', 4, 'tcp', '192.168.50.3', 'n3:8080', '192.168.50.1'],
    ['x1', 6, 'udp', 'fd00:50::2', 'n2:8080', 'fd00:50::100'],
    ['n2', 4, 'udp', '10.244.1.14', 'p14:8080', '192.168.50.2'],
  ] as const)('%s reaches over IPv%s %s %s', async (from, family, mode, address, identity, client) => {
    const [outcome] = await world.dial(from, [{ family, mode, address, port: 8080, tries: 3 }])
    expect(outcome).toMatchObject({ identities: { [identity]: 3 }, clients: { [client]: 3 }, errors: {} })
  })

  it('tells a refused port from a silent address', async () => {
    const outcomes = await world.dial('p11', [
      { id: 'refused', family: 4, mode: 'tcp', address: '10.244.2.11', port: 9 },
      { id: 'refused-udp', family: 4, mode: 'udp', address: '10.244.2.11', port: 9 },
      { id: 'silent', family: 4, mode: 'udp', address: '192.168.50.77', port: 9, timeoutMs: 200 },
    ])
    expect(outcomes.map(o => [o.id, o.errors])).toEqual([
      ['refused', { ECONNREFUSED: 1 }],
      ['refused-udp', { ECONNREFUSED: 1 }],
      ['silent', { ETIMEDOUT: 1 }],
    ])
  })

  it('dials 800 rows of 16 tries in one go', async () => {
    const calls = Array.from({ length: 800 }, (_, i) => ({
      id: `row${i}`,
      family: 4 as const,
      mode: i % 2 ? ('tcp' as const) : ('udp' as const),
      address: `10.244.${1 + (i % 3)}.1${1 + (i % 4)}`,
      port: 8443,
      tries: 16,
    }))
    const outcomes = await world.dial('n1', calls)
    expect(outcomes.map(o => o.id)).toEqual(calls.map(c => c.id))
    expect(outcomes.map(o => Object.values(o.identities))).toEqual(calls.map(() => [16]))
  }, 30_000)

  it('leaves nothing behind', async () => {
    const other = await createWorld()
    expect(tracesOf(other.id).length).toBeGreaterThan(5)
    await other.close()
    expect(tracesOf(other.id)).toEqual([])
    await expect(other.dial('n1', [])).rejects.toThrow(/dial ended/)
  }, 30_000)

  it('ends calls that are under way when it closes', async () => {
    const other = await createWorld()
    const call = { family: 4, mode: 'udp', address: '192.168.50.77', port: 9, timeoutMs: 60_000 } as const
    const calling = other.dial('p11', [call]).catch((e: Error) => e.message)
    await vi.waitFor(() => expect(readFileSync(`${other.cgroup}/cgroup.procs`, 'utf8')).not.toBe(''))
    await other.close()
    expect(tracesOf(other.id)).toEqual([])
    expect(await calling).toMatch(/dial ended/)
  }, 30_000)

  it('is swept away when its process was killed', async () => {
    const pid = spawnSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout.trim()
    execFileSync('ip', ['netns', 'add', `bal-${pid}-0-n1`])
    expect(tracesOf(`bal-${pid}-0`)).toHaveLength(1)
    await (await createWorld({ nodes: [], outside: [], ports: [1] })).close()
    expect(tracesOf(`bal-${pid}-0`)).toEqual([])
  })
})
