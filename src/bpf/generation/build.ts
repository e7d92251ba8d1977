// SPDX-License-Identifier: Apache-2.0
import { CONFIG_MAPS, type ConfigMap, STATE_MAPS, type StateMap } from '../../datapath/image.ts'
import { maps } from '../../datapath/layout.gen.ts'
import type { Step } from '../../plan/plan.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { LiveMaps } from '../maps/live.ts'
import { noRoomHint } from '../maps/no-room.ts'
import { type FailedStep, program } from '../maps/write-steps.ts'
import type { Capacities } from './capacity.ts'
import { type Generation, lookAt, readableMaps } from './generation.ts'
import type { GenerationPins } from './pins.ts'
import { PROGRAM_NAMES, RUNS, type Run } from './programs.ts'
import { type Inheritance, pinInherited, pinState } from './state-maps.ts'

/** Why a generation cannot be built, and what helps. */
export interface Obstacle {
  message: string
  hint?: string | undefined
}

/** A generation that is not attached to anything, and its config maps. */
interface Built {
  generation: Generation
  config: LiveMaps
}

/**
 * Makes a generation beside those that may be serving: its maps, filled, with the state maps that it inherits, and its
 * programs, loaded but not attached to anything. When it cannot, the caller removes the pins and nothing has changed.
 */
export async function buildGeneration(
  bpf: Bpf,
  pins: GenerationPins,
  object: string,
  capacities: Capacities,
  steps: readonly Step[],
  kept: Inheritance['kept'],
  onProgress: (started: number) => void = () => {},
): Promise<Built | Obstacle> {
  pins.makeFolders()
  const stuck = await pinInherited(bpf, kept, pins)
  if (stuck !== undefined) return { message: stuck }
  const made = kept.has('affinity') ? CONFIG_MAPS : ([...CONFIG_MAPS, 'affinity'] as const)
  const unmade = await make(bpf, pins, made, capacities)
  if (unmade) return unmade
  const live = readableMaps(await lookAt(bpf, pins))
  if (!live) return { message: 'the new maps cannot be read' }
  // No program reads these maps yet, so the order of writes does not matter: two processes fill, a third loads.
  const [frontends, rest] = [steps.filter(s => s.map === 'frontends'), steps.filter(s => s.map !== 'frontends')]
  const started = { frontends: 0, rest: 0 }
  const onStarted = (which: keyof typeof started) => (writes: number) => {
    started[which] = writes
    onProgress(started.frontends + started.rest)
  }
  const working = [
    program(bpf, live, frontends, onStarted('frontends')),
    program(bpf, live, rest, onStarted('rest')),
    load(bpf, pins, object, [...made, ...kept.keys()]),
  ] as const
  // Whoever removes the pins after one has failed must not meet another that still makes some.
  await Promise.allSettled(working)
  const [failedFrontend, failedRest, loaded] = await Promise.all(working)
  const failed = failedFrontend ?? failedRest
  if (failed) return unfilled(failed, failedFrontend ? 'frontends' : failed.at?.step.map, steps, capacities)
  if (loaded !== undefined) return { message: `the programs cannot be loaded: ${loaded}`, hint: noRoomHint(loaded) }
  const generation = await lookAt(bpf, pins)
  const missing = missingIn(generation, kept)
  if (missing !== undefined) return { message: `read-back mismatch: ${missing}, although bpftool did not fail` }
  return { generation, config: live }
}

/** What a built generation lacks, if anything: a program, a state map, an inherited one, or that it knows of its handover. */
function missingIn({ programs, maps, astray, inHandover }: Generation, kept: Inheritance['kept']): string | undefined {
  const program = [...PROGRAM_NAMES, ...RUNS].find(name => !programs.has(name))
  if (program !== undefined) return `the program ${program} is not pinned`
  const map = STATE_MAPS.find(name => !maps.has(name) || astray.has(name))
  if (map !== undefined) return `the map ${map} is not pinned, or not used`
  const other = [...kept].find(([name, { id }]) => maps.get(name)!.id !== id)
  if (other) return `the map ${other[0]} was not taken over`
  return inHandover ? undefined : 'begin_handover has not run'
}

/** What went wrong when a map was filled; which one may be unknown, when bpftool was ended. */
function unfilled(
  { message }: FailedStep,
  map: ConfigMap | undefined,
  steps: readonly Step[],
  capacities: Capacities,
): Obstacle {
  const writes = steps.filter(step => step.map === map).length
  const where = map ? `one of ${writes} writes to the map ${map} of ${capacities[map]} entries` : 'a write'
  return { message: `${where} failed: ${message}`, hint: noRoomHint(message) }
}

async function make(
  bpf: Bpf,
  pins: GenerationPins,
  names: readonly (keyof Capacities)[],
  capacities: Capacities,
): Promise<Obstacle | undefined> {
  const failed = await bpf.write(names.map(name => createLine(name, pins, capacities[name])).join('\n'))
  if (!failed) return undefined
  const name = names[failed.line ?? -1]
  const what = name === undefined ? 'the maps' : `the map ${name} of ${capacities[name]} entries`
  return { message: `${what} cannot be made: ${failed.message}`, hint: noRoomHint(failed.message) }
}

/** Loads the programs upon the maps that are already pinned. */
async function load(
  bpf: Bpf,
  pins: GenerationPins,
  object: string,
  made: readonly (ConfigMap | StateMap)[],
): Promise<string | undefined> {
  const { error } = await bpf.run('prog', 'loadall', object, pins.programs, ...reuseWords(pins, made))
  return error ?? (await pinState(bpf, pins)) ?? (await runOnce(bpf, pins, 'begin_handover'))
}

/** Runs a program that notes facts of its generation: this process's network namespace is the host's. Returns what went wrong, if anything. */
export async function runOnce(bpf: Bpf, pins: GenerationPins, name: Run): Promise<string | undefined> {
  // The kernel runs such a program once, and only when no number of times is asked for.
  const { error } = await bpf.run('prog', 'run', 'pinned', pins.program(name), 'repeat', '0')
  return error && `${name} cannot be run: ${error}`
}

/** What tells the loader to take these maps instead of making its own. */
function reuseWords(pins: GenerationPins, made: readonly (ConfigMap | StateMap)[]): string[] {
  return made.flatMap(name => ['map', 'name', name, 'pinned', pins.map(name)])
}

function createLine(name: keyof Capacities, pins: GenerationPins, entries: number): string {
  const { type, keySize, valueSize, flags } = maps[name]
  return `map create ${pins.map(name)} type ${type} key ${keySize} value ${valueSize} entries ${entries} name ${name} flags ${flags}`
}
