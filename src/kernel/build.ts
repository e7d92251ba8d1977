import { CONFIG_MAPS, type ConfigMap } from '../image/image.ts'
import { maps } from '../image/layout.gen.ts'
import { batchLines } from '../plan/batch.ts'
import type { Step } from '../plan/plan.ts'
import type { Bpftool } from './bpftool.ts'
import type { Generation } from './inspect.ts'
import type { GenerationPins } from './pins.ts'
import { idsOf, type LiveMaps, showMaps, showPrograms } from './show.ts'

/**
 * Makes a generation beside those that may be serving: its maps, filled, and its programs, loaded but not attached
 * to anything. Returns what went wrong as text; the caller then removes the pins and nothing has changed.
 */
export async function buildGeneration(
  bpftool: Bpftool,
  pins: GenerationPins,
  object: string,
  capacities: Record<ConfigMap, number>,
  steps: readonly Step[],
): Promise<(Generation & { maps: LiveMaps }) | string> {
  pins.makeFolders()
  const created = await bpftool.write(CONFIG_MAPS.map(name => createLine(name, pins, capacities[name])))
  if (created) return `the map ${CONFIG_MAPS[created.line]} cannot be made: ${created.message}`
  const live = await showMaps(bpftool, pins)
  const failed = await bpftool.write(batchLines(steps, idsOf(live)))
  if (failed) return `a write to the map ${steps[failed.line]?.map} failed: ${failed.message}`
  const reuse = CONFIG_MAPS.flatMap(name => ['map', 'name', name, 'pinned', pins.map(name)])
  const loaded = await bpftool.run('prog', 'loadall', object, pins.programs, ...reuse)
  if (loaded.error !== undefined) return `the programs cannot be loaded: ${loaded.error}`
  return { pins, maps: live, programs: await showPrograms(bpftool, pins), attached: new Set() }
}

function createLine(name: ConfigMap, pins: GenerationPins, entries: number): string {
  const { type, keySize, valueSize, flags } = maps[name]
  return `map create ${pins.map(name)} type ${type} key ${keySize} value ${valueSize} entries ${entries} name ${name} flags ${flags}`
}
