import { CONFIG_MAPS, type ConfigMap, type StateMap } from '../image/image.ts'
import { maps } from '../image/layout.gen.ts'
import type { Step } from '../plan/plan.ts'
import type { Bpftool } from './bpftool.ts'
import type { Capacities } from './capacity.ts'
import type { Generation } from './inspect.ts'
import type { GenerationPins } from './pins.ts'
import { program } from './program.ts'
import { IDENTIFY } from './programs.ts'
import { type LiveMaps, showMaps, showPrograms, showState } from './show.ts'
import { inheritState, pinState } from './state.ts'

/**
 * Makes a generation beside those that may be serving: its maps, filled, and its programs, loaded but not attached
 * to anything. It takes over the state maps of `previous`. Returns what went wrong as text; the caller then removes
 * the pins and nothing has changed.
 */
export async function buildGeneration(
  bpftool: Bpftool,
  pins: GenerationPins,
  object: string,
  capacities: Capacities,
  steps: readonly Step[],
  previous: Generation | undefined,
): Promise<(Generation & { maps: LiveMaps }) | string> {
  pins.makeFolders()
  const inherited = await inheritState(bpftool, previous, pins, capacities)
  const made = inherited.includes('affinity') ? CONFIG_MAPS : ([...CONFIG_MAPS, 'affinity'] as const)
  const created = await bpftool.write(made.map(name => createLine(name, pins, capacities[name])).join('\n'))
  if (created) return `the maps cannot be made: ${created.message}`
  const { maps: live } = await showMaps(bpftool, pins)
  if (!live) return 'the new maps cannot be read'
  // Nobody reads these maps yet, so their order does not matter: two processes fill, a third loads.
  const [frontends, rest] = [steps.filter(s => s.map === 'frontends'), steps.filter(s => s.map !== 'frontends')]
  const [failedFrontend, failedRest, loaded] = await Promise.all([
    program(bpftool, live, frontends),
    program(bpftool, live, rest),
    load(bpftool, pins, object, [...made, ...inherited]),
  ])
  const failed = failedFrontend ?? failedRest
  if (failed) return `a write to the map ${failed.at?.step.map ?? '?'} failed: ${failed.message}`
  if (loaded !== undefined) return `the programs cannot be loaded: ${loaded}`
  return {
    pins,
    maps: live,
    programs: await showPrograms(bpftool, pins),
    state: await showState(bpftool, pins),
    attached: [],
  }
}

/** Loads the programs upon the maps that are already pinned. */
async function load(
  bpftool: Bpftool,
  pins: GenerationPins,
  object: string,
  made: readonly (ConfigMap | StateMap)[],
): Promise<string | undefined> {
  const { error } = await bpftool.run('prog', 'loadall', object, pins.programs, ...reuseWords(pins, made))
  return error ?? (await pinState(bpftool, pins)) ?? (await identify(bpftool, pins))
}

/** Tells the programs in which network namespace they are at home: this process's. */
export async function identify(bpftool: Bpftool, pins: GenerationPins): Promise<string | undefined> {
  // The kernel runs such a program once, and only when no number of times is asked for.
  const { error } = await bpftool.run('prog', 'run', 'pinned', pins.program(IDENTIFY), 'repeat', '0')
  return error && `${IDENTIFY} cannot be run: ${error}`
}

/** What tells the loader to take these maps instead of making its own. */
export function reuseWords(pins: GenerationPins, made: readonly (ConfigMap | StateMap)[]): string[] {
  return made.flatMap(name => ['map', 'name', name, 'pinned', pins.map(name)])
}

export function createLine(name: keyof Capacities, pins: GenerationPins, entries: number): string {
  const { type, keySize, valueSize, flags } = maps[name]
  return `map create ${pins.map(name)} type ${type} key ${keySize} value ${valueSize} entries ${entries} name ${name} flags ${flags}`
}
