// SPDX-License-Identifier: Apache-2.0
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printYaml } from '../src/spec/print.ts'
import { run } from './child.ts'
import { NODE, nameOf, type Size, specOf } from './many-services.ts'
import { once } from './once.ts'
import { newCgroup, type Scratch } from './scratch.ts'
import type { Variant } from './variant.ts'

/** A build of ours, as its `apply` set it up for the Services of one size. */
export interface Applied {
  cgroup: string
  /** Pins, by name: map or program → path. */
  maps: Map<string, string>
  programs: Map<string, string>
}

const nameOfPlace = (_: Scratch, variant: Variant, size: Size) => `${variant.name}-${keyOf(size)}`

/** Applies a size, once a run. */
export const applied = once(nameOfPlace, async (scratch: Scratch, variant: Variant, size: Size): Promise<Applied> => {
  process.stderr.write(`${variant.name}: applying ${nameOf(size)} ${size.protocol}\n`)
  const place = nameOfPlace(scratch, variant, size)
  const spec = join(scratch.files, `${place}.spec`)
  writeFileSync(spec, printYaml(specOf(size)))
  const cgroup = newCgroup(scratch, place)
  const pins = join(scratch.pins, place)
  const state = join(scratch.files, `${place}.state`)
  const target = ['--cgroup', cgroup, '--pin-dir', pins, '--state-dir', state]
  await run(variant.balancing, ['apply', '-f', spec, '--node', NODE, ...target])
  const generation = join(pins, readdirSync(pins)[0]!)
  return { cgroup, maps: pinned(join(generation, 'maps')), programs: pinned(join(generation, 'programs')) }
})

function pinned(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map(name => [name, join(folder, name)]))
}

/** Without white space; equal sizes have equal keys. */
export function keyOf({ services, endpoints, family, protocol, affinity }: Size): string {
  return `${services}x${endpoints}v${family}-${protocol}${affinity ? '-affinity' : ''}`
}

/** What bpftool says about a pinned map or program. */
export async function show(what: 'map' | 'prog', pin: string): Promise<Shown> {
  return JSON.parse((await run('bpftool', ['-j', what, 'show', 'pinned', pin])).stdout)
}

export interface Shown {
  id: number
  max_entries: number
  bytes_memlock: number
}
