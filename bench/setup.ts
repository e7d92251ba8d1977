import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printYaml } from '../src/spec/print.ts'
import type { Bench } from './bench.ts'
import { run } from './child.ts'
import { grouped } from './figures.ts'
import { attachFloor, type Hook } from './floor.ts'
import { NODE, type Size, specOf } from './many-services.ts'
import { newCgroup, type Scratch } from './scratch.ts'
import type { Variant } from './variant.ts'

/** A dataplane that is attached to a cgroup of its own. */
export interface Attached {
  cgroup: string
  /** Pins of the programs that may run in a call: first the one that the call is made for. */
  programs: (hook: Hook) => string[]
}

/** What competes over the Services of one size: `none`, `one`, `look`, and each variant of ours by its name. */
export interface Setup {
  size: Size
  key: string
  attached: Map<string, Attached>
}

const setups = new Map<string, Promise<Setup>>()

/** Attaches everything for a size, once a run: sections share it. */
export function setupOf(bench: Bench, size: Size): Promise<Setup> {
  const key = keyOf(size)
  const found = setups.get(key) ?? setUp(bench, size, key)
  setups.set(key, found)
  return found
}

async function setUp({ scratch, variants }: Bench, size: Size, key: string): Promise<Setup> {
  process.stderr.write(`applying ${nameOf(size)}\n`)
  const attached = new Map<string, Attached>()
  attached.set('none', { cgroup: newCgroup(scratch, `none-${key}`), programs: () => [] })
  let entries = 0
  const spec = join(scratch.files, `${key}.spec`)
  writeFileSync(spec, printYaml(specOf(size)))
  for (const variant of variants) {
    const ours = await applyOurs(scratch, variant, size, spec, key)
    attached.set(variant.name, ours)
    entries = ours.entries
  }
  const { one, look } = await attachFloor(scratch, size, entries, key)
  return { size, key, attached: attached.set('one', one).set('look', look) }
}

export function nameOf({ services, endpoints, family, affinity }: Size): string {
  return `${grouped(services)}×${endpoints}${family === 6 ? ' IPv6' : ''}${affinity ? ' affinity' : ''}`
}

/** Without white space. */
function keyOf({ services, endpoints, family, protocol, affinity }: Size): string {
  return `${services}x${endpoints}v${family}-${protocol}${affinity ? '-affinity' : ''}`
}

/** Our programs, as `balancing apply` sets them up, and how many entries `frontends` has room for. */
async function applyOurs(scratch: Scratch, variant: Variant, size: Size, spec: string, key: string) {
  const name = `${variant.name}-${key}`
  const cgroup = newCgroup(scratch, name)
  const pins = join(scratch.pins, name)
  await run(variant.balancing, ['apply', '-f', spec, '--node', NODE, '--cgroup', cgroup, '--pin-dir', pins])
  const generation = join(pins, readdirSync(pins).find(entry => existsSync(join(pins, entry, 'programs')))!)
  const programs = readdirSync(join(generation, 'programs')).map(program => join(generation, 'programs', program))
  const shown = await run('bpftool', ['-j', 'map', 'show', 'pinned', join(generation, 'maps', 'frontends')])
  const { max_entries: entries } = JSON.parse(shown.stdout) as { max_entries: number }
  return {
    cgroup,
    entries,
    programs: (hook: Hook) => {
      const main = join(generation, 'programs', `${hook}${size.family}`)
      return [main, ...programs.filter(program => program !== main)]
    },
  }
}
