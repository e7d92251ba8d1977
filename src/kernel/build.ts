import { CONFIG_MAPS, type ConfigMap } from '../image/image.ts'
import { maps } from '../image/layout.gen.ts'
import type { Step } from '../plan/plan.ts'
import type { Bpftool } from './bpftool.ts'
import type { Generation } from './inspect.ts'
import type { GenerationPins } from './pins.ts'
import { program } from './program.ts'
import { type LiveMaps, showMaps, showPrograms } from './show.ts'

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
  const created = await bpftool.write(CONFIG_MAPS.map(name => createLine(name, pins, capacities[name])).join('\n'))
  if (created) return `the maps cannot be made: ${created.message}`
  const live = await showMaps(bpftool, pins)
  // Nobody reads these maps yet, so their order does not matter: two processes fill, a third loads.
  const [frontends, rest] = [steps.filter(s => s.map === 'frontends'), steps.filter(s => s.map !== 'frontends')]
  const [failedFrontend, failedRest, loaded] = await Promise.all([
    program(bpftool, live, frontends),
    program(bpftool, live, rest),
    load(bpftool, pins, object),
  ])
  const failed = failedFrontend ?? failedRest
  if (failed) return `a write to the map ${failed.at?.step.map ?? '?'} failed: ${failed.message}`
  if (loaded !== undefined) return `the programs cannot be loaded: ${loaded}`
  return { pins, maps: live, programs: await showPrograms(bpftool, pins), attached: new Set() }
}

async function load(bpftool: Bpftool, pins: GenerationPins, object: string): Promise<string | undefined> {
  const reuse = CONFIG_MAPS.flatMap(name => ['map', 'name', name, 'pinned', pins.map(name)])
  return (await bpftool.run('prog', 'loadall', object, pins.programs, ...reuse)).error
}

function createLine(name: ConfigMap, pins: GenerationPins, entries: number): string {
  const { type, keySize, valueSize, flags } = maps[name]
  return `map create ${pins.map(name)} type ${type} key ${keySize} value ${valueSize} entries ${entries} name ${name} flags ${flags}`
}
