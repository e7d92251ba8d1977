// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { PROGRAMS as HOOKS } from '../../src/bpf/generation/programs.ts'
import { CONFIG_MAPS, type ConfigMap, type Image, isArray, zeroValue } from '../../src/datapath/image.ts'
import { maps } from '../../src/datapath/layout.gen.ts'
import { PROGRAMS } from './capable.ts'
import type { World } from './world.ts'

/** Makes the config maps in the world's pin directory, loads the programs upon them, attaches them to its cgroup. */
export function loadPrograms(world: World, capacity = 1024, object = PROGRAMS): void {
  const named: string[] = []
  for (const name of CONFIG_MAPS) {
    const { type, keySize, valueSize, flags, maxEntries } = maps[name]
    const entries = String(isArray(name) ? maxEntries : capacity)
    const sizes = ['key', String(keySize), 'value', String(valueSize), 'entries', entries, 'flags', String(flags)]
    bpftool('map', 'create', pinOf(world, name), 'type', type, ...sizes, 'name', name)
    named.push('map', 'name', name, 'pinned', pinOf(world, name))
  }
  // Where apply has the maps of a first generation.
  const generation = `${world.pins}/balancing/g1`
  mkdirSync(generation, { recursive: true })
  bpftool('prog', 'loadall', object, `${world.pins}/programs`, ...named, 'pinmaps', `${generation}/maps`)
  for (const [name, hook] of Object.entries(HOOKS))
    bpftool('cgroup', 'attach', world.cgroup, hook, 'pinned', `${world.pins}/programs/${name}`)
}

/** Writes every entry of an image, and nothing else. */
export function writeImage(world: World, image: Image): void {
  const lines = CONFIG_MAPS.flatMap(map => [...image[map]].map(([key, value]) => updateLine(world, map, key, value)))
  execFileSync('bpftool', ['batch', 'file', '-'], { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'pipe', 'pipe'] })
}

export function writeEntry(world: World, map: ConfigMap, key: string, value: string): void {
  bpftool(...updateLine(world, map, key, value).split(' '))
}

/** Removes an entry; of an array, makes it zero. */
export function removeEntry(world: World, map: ConfigMap, key: string): void {
  if (isArray(map)) writeEntry(world, map, key, zeroValue(map))
  else bpftool('map', 'delete', 'pinned', pinOf(world, map), 'key', 'hex', ...hex(key))
}

export function updateLine(world: World, map: ConfigMap, key: string, value: string): string {
  return ['map update pinned', pinOf(world, map), 'key hex', ...hex(key), 'value hex', ...hex(value)].join(' ')
}

function pinOf(world: World, map: ConfigMap): string {
  return `${world.pins}/${map}`
}

function hex(bytes: string): string[] {
  return Array.from(bytes, c => c.charCodeAt(0).toString(16).padStart(2, '0'))
}

function bpftool(...args: string[]): string {
  return execFileSync('bpftool', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
