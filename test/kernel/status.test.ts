import { afterAll, beforeAll, expect, it } from 'vitest'
import { CONFIG_MAPS, emptyImage, STATE_MAPS } from '../../src/image/image.ts'
import { maps } from '../../src/image/layout.gen.ts'
import { programsFor } from '../../src/kernel/programs.ts'
import { apply, inside, run } from './balancing.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

describeKernel('status', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await apply(world, specWith({ ...service(1, 'p12'), affinitySeconds: 60 }, service(2, 'p23')))
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
  })

  it('shows every map with its type, its room and its memory', async () => {
    const { stdout } = await run(['status', '-o', 'json', ...inside(world)])
    const status = JSON.parse(stdout)
    expect(Object.keys(status.maps)).toEqual([...CONFIG_MAPS])
    expect(Object.keys(status.state)).toEqual([...STATE_MAPS])
    expect(status.maps.frontends).toEqual({ entries: 2, type: 'hash', maxEntries: 1024, memory: expect.any(Number) })
    expect(status.state.affinity).toEqual({ type: 'lru_hash', maxEntries: 65_536, memory: expect.any(Number) })
    // An LRU has all its memory from the start.
    const { keySize, valueSize } = maps.affinity
    expect(status.state.affinity.memory).toBeGreaterThan(65_536 * (keySize + valueSize))
    expect(status.state.peers).toEqual({ type: 'sk_storage', maxEntries: 0, memory: expect.any(Number) })
  })

  it('prints a line for each program and map, and the sum', async () => {
    const { stdout } = await run(['status', ...inside(world)])
    const json = JSON.parse((await run(['status', '-o', 'json', ...inside(world)])).stdout)
    const all: { memory: number }[] = [...Object.values(json.maps), ...Object.values(json.state)] as never
    const total = Math.ceil(all.reduce((sum, { memory }) => sum + memory, 0) / 1024)
    const lines = stdout.split('\n').map(line => line.split(/\s+/).slice(0, 2).join(' '))
    expect(lines).toEqual([
      `revision ${json.revision.slice(0, 12)}`,
      `applied ${json.applied.time}`,
      ...programsFor(emptyImage()).map(name => `program ${name}`),
      ...CONFIG_MAPS.map(name => `map ${name}`),
      ...STATE_MAPS.map(name => `state ${name}`),
      `memory ${total}`,
      '',
    ])
    expect(stdout).toMatch(/^map {7}frontends +2 of 1024 +hash +\d+ KiB$/m)
    expect(stdout).toMatch(/^state {5}affinity +at most 65536 +lru_hash +\d+ KiB$/m)
    expect(stdout).toMatch(/^state {5}peers +with each socket +sk_storage +\d+ KiB$/m)
  })
})
