import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printYaml } from '../src/spec/print.ts'
import { run } from './child.ts'
import { grouped } from './figures.ts'
import { type Attached, attachFloor } from './floor.ts'
import { hits, misses, NODE, type Size, specOf } from './many-services.ts'
import { SOURCES } from './network.ts'
import { newCgroup, type Scratch } from './scratch.ts'

export const DATAPLANES = ['none', 'one', 'look', 'ours'] as const
export type Dataplane = (typeof DATAPLANES)[number]

/** Dataplanes that compete over the same addresses. */
export interface Contest {
  /** Without white space. */
  key: string
  name: string
  /** A file of addresses to dial. */
  addresses: string
  /** Of our config maps. */
  mapsMiB: number
  rows: Row[]
}

interface Row {
  dataplane: Dataplane
  cgroup: string
  /** A pin, or '-'. */
  program: string
  /** The source address that shows that the program did what it should. */
  source: string
}

/** Up to 16 IPv4 or 6 IPv6 backends fit into a frontend's own element; with 20 there is a lookup of a page more. */
const SIZES: readonly Size[] = [
  ...[10, 1_000, 10_000, 50_000].map((services): Size => ({ services, endpoints: 5, family: 4 })),
  { services: 10_000, endpoints: 20, family: 4 },
  { services: 10_000, endpoints: 5, family: 6 },
  { services: 10_000, endpoints: 20, family: 6 },
]

/** Attaches everything, each to a cgroup of its own. */
export async function prepare(scratch: Scratch): Promise<Contest[]> {
  const none = newCgroup(scratch, 'none')
  const contests: Contest[] = []
  for (const size of SIZES) {
    process.stderr.write(`connect(): applying ${nameOf(size)}\n`)
    const key = `${size.services}x${size.endpoints}v${size.family}`
    const { attached: ours, entries, mapsMiB } = await applyOurs(scratch, size, key)
    const { one, look } = await attachFloor(scratch, size, entries, key)
    const attached = { none: { cgroup: none, program: '-' }, one, look, ours }
    const contest = (mode: 'hit' | 'miss', addresses: string): Contest => ({
      key: `${key}-${mode}`,
      name: `${nameOf(size)}, ${mode}`,
      addresses: write(scratch, `${key}-${mode}`, addresses),
      mapsMiB,
      rows: DATAPLANES.map(dataplane => rowOf(dataplane, attached[dataplane], size, mode)),
    })
    contests.push(contest('hit', hits(size)))
    if (size.family === 4 && size.endpoints === 5) contests.push(contest('miss', misses(10_000)))
  }
  return contests.sort((a, b) => Number(a.key.endsWith('miss')) - Number(b.key.endsWith('miss')))
}

function rowOf(dataplane: Dataplane, { cgroup, program }: Attached, { family }: Size, mode: 'hit' | 'miss'): Row {
  const rewrites = mode === 'hit' && (dataplane === 'look' || dataplane === 'ours')
  return { dataplane, cgroup, program, source: SOURCES[family][rewrites ? 'backend' : 'other'] }
}

function nameOf({ services, endpoints, family }: Size): string {
  return `${grouped(services)}×${endpoints}${family === 6 ? ' IPv6' : ''}`
}

function write({ files }: Scratch, name: string, text: string): string {
  const path = join(files, name)
  writeFileSync(path, text)
  return path
}

/** Our programs, as `balancing apply` sets them up; how many entries `frontends` has room for; the memory of the maps. */
async function applyOurs(scratch: Scratch, size: Size, key: string) {
  const spec = write(scratch, `${key}.spec`, printYaml(specOf(size)))
  const cgroup = newCgroup(scratch, `ours-${key}`)
  const pins = join(scratch.pins, `ours-${key}`)
  await run(scratch.balancing, ['apply', '-f', spec, '--node', NODE, '--cgroup', cgroup, '--pin-dir', pins])
  const generation = join(pins, readdirSync(pins)[0]!)
  const maps = join(generation, 'maps')
  const shown = await Promise.all(readdirSync(maps).map(name => show(join(maps, name))))
  return {
    attached: { cgroup, program: join(generation, 'programs', `connect${size.family}`) },
    entries: shown.find(map => map.name === 'frontends')!.max_entries,
    mapsMiB: shown.reduce((sum, map) => sum + map.bytes_memlock, 0) / 2 ** 20,
  }
}

interface ShownMap {
  name: string
  max_entries: number
  bytes_memlock: number
}

async function show(pin: string): Promise<ShownMap> {
  return JSON.parse((await run('bpftool', ['-j', 'map', 'show', 'pinned', pin])).stdout)
}
