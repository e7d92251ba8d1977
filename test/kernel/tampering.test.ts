// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Edges } from '../../src/compile/edges.ts'
import { encodeFrontend } from '../../src/datapath/check.ts'
import { decode, encode } from '../../src/datapath/codec.ts'
import { CONFIG_MAPS, type ConfigMap, type Image, isArray } from '../../src/datapath/image.ts'
import { maps } from '../../src/datapath/layout.gen.ts'
import { hexBytes } from '../../src/plan/batch.ts'
import type { Service } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { apply, inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

/** Seven backends of IPv6 have pages and, under affinity, members; ranges have sets. */
function large(n: number): Service {
  const pods = ['p21', 'p22', 'p23', 'p24', 'p31', 'p32', 'p33']
  const plain = service(n, ...pods)
  const [group] = plain.endpoints
  const v6 = group!.endpoints.map(e => ({ ...e, address: e.address.replace(/^10\.244\.(\d)\.1/, 'fd00:244:$1::1') }))
  return {
    ...plain,
    clusterIPs: [vip(n), `fd00:96::${n}`],
    loadBalancerIPs: [`203.0.113.${n}`],
    affinitySeconds: 60,
    sourceRanges: ['10.0.0.0/8'],
    endpoints: [group!, { ...group!, endpoints: v6 }],
  }
}

const SPEC = specWith(service(1, 'p12'), service(2, 'p23'), service(3, 'p31'), large(4))
const IMAGE: Image = compileAt(SPEC, 'n1').image
/** Maps that are empty on a node without edges. */
const OF_EDGES: readonly ConfigMap[] = ['port_filter', 'devices', 'epoch']
const EDGES: Edges = { devices: [{ device: 'eth0', ifindex: 2, rawIp: false }], otherProxy: false }
/** The frontend that is asked. */
const KEY = encode('frontend_key', { address: vip(1), port: 80, protocol: 6 })

describeKernel('entries that somebody else wrote or removed', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterEach(() => run(['cleanup', ...inside(world)]))
  afterAll(() => world?.close())

  const bpftool = (lines: string[]) =>
    execFileSync('bpftool', ['batch', 'file', '-'], { input: `${lines.join('\n')}\n` })
  const pin = (map: ConfigMap) => `${world.pins}/balancing/g1/maps/${map}`
  const update = (map: ConfigMap, key: string, value: string) =>
    `map update pinned ${pin(map)} key hex ${hexBytes(key)} value hex ${hexBytes(value)}`
  const remove = (map: ConfigMap, key: string) => `map delete pinned ${pin(map)} key hex ${hexBytes(key)}`
  const first = (map: ConfigMap): [string, string] => [...IMAGE[map]][0]!
  const other = (bytes: string) => String.fromCharCode(...Array.from(bytes, c => c.charCodeAt(0) ^ 0x5a))
  const hashes = CONFIG_MAPS.filter(name => !isArray(name) && !OF_EDGES.includes(name))

  /** One apply repairs it in place, another has nothing to do, and Service 1 answers. */
  async function expectRepaired(writes: number | RegExp): Promise<void> {
    const said = await apply(world, SPEC)
    if (typeof writes === 'number') expect(said).toContain(` · ${writes} map write`)
    else expect(said).toMatch(writes)
    expect(await apply(world, SPEC)).toContain('no changes')
    const call = { family: 4, mode: 'tcp', address: vip(1), port: 80, tries: 5, timeoutMs: 500 } as const
    const [outcome] = await world.dial('p11', [call])
    expect([outcome!.identities, outcome!.errors]).toEqual([{ 'p12:8080': 5 }, {}])
  }

  it('has an image with something in every map but those of edges', () => {
    const empty = CONFIG_MAPS.filter(name => IMAGE[name].size === 0)
    expect(empty).toEqual([...OF_EDGES, 'revision'])
  })

  it('entries for edges go where there is none', async () => {
    await apply(world, SPEC)
    const { devices, port_filter, epoch } = compileAt(SPEC, 'n1', EDGES).image
    bpftool(
      Object.entries({ devices, port_filter, epoch }).map(([map, entries]) =>
        update(map as ConfigMap, ...[...entries][0]!),
      ),
    )
    await expectRepaired(3)
  })

  it('extra keys go, in every map at once', async () => {
    await apply(world, SPEC)
    bpftool(
      hashes.map(map => {
        const [key, value] = first(map)
        // A prefix may not be longer than the key.
        return update(map, map === 'source_ranges' ? key.slice(0, 4) + other(key.slice(4)) : other(key), value)
      }),
    )
    await expectRepaired(hashes.length)
  })

  it('keys that are missing come back: frontends, pages, members, ranges, addresses', async () => {
    await apply(world, SPEC)
    bpftool(hashes.map(map => remove(map, first(map)[0])))
    await expectRepaired(hashes.length)
  })

  it('wrong values are put right: another backend, an empty filter, another set', async () => {
    await apply(world, SPEC)
    const stolen = { ...decode('frontend', IMAGE.frontends.get(KEY)!), internal_block: 7n, internal_count: 3 }
    bpftool([
      update('frontends', KEY, encodeFrontend(KEY, stolen)),
      ...['addresses', 'pages', 'members', 'source_ranges', 'address_filter'].map(map => {
        const [key, value] = first(map as ConfigMap)
        return update(map as ConfigMap, key, other(value))
      }),
    ])
    // A line of the filter is first widened, then narrowed.
    await expectRepaired(7)
  })

  it('blocks that stand there twice go', async () => {
    await apply(world, SPEC)
    bpftool(
      [...IMAGE.pages].map(([key, value]) => {
        const { block, page } = decode('page_key', key)
        return update('pages', encode('page_key', { block: block + 1n, page }), value)
      }),
    )
    await expectRepaired(IMAGE.pages.size)
  })

  /** As many entries of no use as a map of 1024 has room for. */
  function junk(map: 'frontends' | 'source_ranges', count = 1024 - IMAGE[map].size): string[] {
    const [key, value] = first(map)
    return Array.from({ length: count }, (_, i) => {
      const bytes = Buffer.from(key, 'latin1')
      bytes.writeUInt32BE(0x01020000 + i, map === 'frontends' ? 0 : 12)
      // A whole address, not a prefix of it.
      if (map === 'source_ranges') bytes.writeUInt32LE(64 + 128, 0)
      return update(map, bytes.toString('latin1'), value)
    })
  }

  it('a full map is emptied in place when nothing is missing in it', async () => {
    await apply(world, SPEC)
    const [range, allowed] = first('source_ranges')
    bpftool([...junk('frontends'), ...junk('source_ranges')])
    bpftool([
      update('frontends', KEY, other(IMAGE.frontends.get(KEY)!)),
      update('source_ranges', range, other(allowed)),
    ])
    await expectRepaired(/ · [\d,]+ map writes\napplied/)
  })

  it('a full map in which something is missing is made anew', async () => {
    await apply(world, SPEC)
    bpftool([remove('frontends', KEY), ...junk('frontends', 1025 - IMAGE.frontends.size)])
    await expectRepaired(/new maps and programs: frontends needs 1025 entries and holds 1024/)
  })

  it('maps whose revision is gone are made anew', async () => {
    await apply(world, SPEC)
    const zero = '\0'.repeat(maps.revision.valueSize)
    const index = '\0'.repeat(4)
    bpftool([update('revision', index, zero)])
    await expectRepaired(/its revision is missing/)
  })
})
