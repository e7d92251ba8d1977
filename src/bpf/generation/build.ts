// SPDX-License-Identifier: Apache-2.0
import {
  CONFIG_MAPS,
  type ConfigMap,
  EDGE_STATE_MAPS,
  type EdgeStateMap,
  STATE_MAPS,
  type StateMap,
} from '../../datapath/image.ts'
import { maps } from '../../datapath/layout.gen.ts'
import type { Step } from '../../plan/plan.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { RecordedAttachment } from '../hooks/attachment.ts'
import type { LiveMaps } from '../maps/live.ts'
import { noRoomHint } from '../maps/no-room.ts'
import { type FailedStep, program } from '../maps/write-steps.ts'
import type { Capacities } from './capacity.ts'
import { type Generation, lookAt, readableMaps } from './generation.ts'
import type { GenerationPins } from './pins.ts'
import { EDGE_PROGRAM_NAMES, EDGE_RUNS, edgeObject, PROGRAM_NAMES, RUNS, type Run, XDP_PROGRAM } from './programs.ts'
import type { SocketScope } from './socket-scope.ts'
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

/** What a generation is built from. */
interface Blueprint {
  /** The compiled programs of sockets; those of edges are beside it. */
  object: string
  capacities: Capacities
  /** They fill the config maps. */
  steps: readonly Step[]
  /** State maps that it takes over. */
  kept: Inheritance['kept']
  /** What is to be attached to devices; with none it has no programs and maps of edges. */
  attachments: readonly RecordedAttachment[]
  /** Whose sockets it is to translate. */
  sockets: SocketScope
}

/**
 * Makes a generation beside those that may be serving: its maps, filled, with the state maps that it inherits, and its
 * programs, loaded but not attached to anything. When it cannot, the caller removes the pins and nothing has changed.
 */
export async function buildGeneration(
  bpf: Bpf,
  pins: GenerationPins,
  { object, capacities, steps, kept, attachments, sockets }: Blueprint,
  onProgress: (started: number) => void = () => {},
): Promise<Built | Obstacle> {
  const hasEdges = attachments.length > 0
  pins.makeFolders(attachments)
  const stuck = await pinInherited(bpf, kept, pins)
  if (stuck !== undefined) return { message: stuck }
  const state = ['affinity', ...(hasEdges ? EDGE_STATE_MAPS : [])] as const
  const made: MadeMap[] = [...CONFIG_MAPS, ...state.filter(name => !kept.has(name))]
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
    load(bpf, pins, { object, hasEdges, sockets }, new Set([...made, ...kept.keys()])),
  ] as const
  // Whoever removes the pins after one has failed must not meet another that still makes some.
  await Promise.allSettled(working)
  const [failedFrontend, failedRest, loaded] = await Promise.all(working)
  const failed = failedFrontend ?? failedRest
  if (failed) return unfilled(failed, failedFrontend ? 'frontends' : failed.at?.step.map, steps, capacities)
  if (loaded !== undefined) return { message: `the programs cannot be loaded: ${loaded}`, hint: noRoomHint(loaded) }
  const generation = await lookAt(bpf, pins)
  const missing = missingIn(generation, kept, { hasEdges, sockets })
  if (missing !== undefined) return { message: `read-back mismatch: ${missing}, although bpftool did not fail` }
  return { generation, config: live }
}

/** What a built generation lacks, if anything: a program, a state map, an inherited one, or that it knows of its handover. */
function missingIn(
  { programs, maps, astray, inHandover, sockets: scope }: Generation,
  kept: Inheritance['kept'],
  { hasEdges, sockets }: { hasEdges: boolean; sockets: SocketScope },
): string | undefined {
  const edge = hasEdges ? [...EDGE_PROGRAM_NAMES, XDP_PROGRAM, ...EDGE_RUNS] : []
  const program = [...PROGRAM_NAMES, ...RUNS, ...edge].find(name => !programs.has(name))
  if (program !== undefined) return `the program ${program} is not pinned`
  const state = [...STATE_MAPS, ...(hasEdges ? EDGE_STATE_MAPS : [])]
  const map = state.find(name => !maps.has(name) || astray.has(name))
  if (map !== undefined) return `the map ${map} is not pinned, or not used`
  const other = [...kept].find(([name, { id }]) => maps.get(name)!.id !== id)
  if (other) return `the map ${other[0]} was not taken over`
  if (scope !== sockets) return 'limit_to_host has not run'
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
  names: readonly MadeMap[],
  capacities: Capacities,
): Promise<Obstacle | undefined> {
  const room = (name: MadeMap) => (name in capacities ? capacities[name as keyof Capacities] : maps[name].maxEntries)
  const failed = await bpf.write(names.map(name => createLine(name, pins, room(name))).join('\n'))
  if (!failed) return undefined
  const name = names[failed.line ?? -1]
  const what = name === undefined ? 'the maps' : `the map ${name} of ${room(name)} entries`
  return { message: `${what} cannot be made: ${failed.message}`, hint: noRoomHint(failed.message) }
}

/** Loads the programs upon the maps that are already pinned: first those of sockets, whose maps those of edges use as well. */
async function load(
  bpf: Bpf,
  pins: GenerationPins,
  { object, hasEdges, sockets }: { object: string; hasEdges: boolean; sockets: SocketScope },
  present: ReadonlySet<MadeMap | StateMap>,
): Promise<string | undefined> {
  const ofSockets = [...CONFIG_MAPS, ...STATE_MAPS].filter(name => present.has(name))
  const { error } = await bpf.run('prog', 'loadall', object, pins.programs, ...reuseWords(pins, ofSockets))
  const failed = error ?? (await pinState(bpf, pins)) ?? (await runOnce(bpf, pins, 'begin_handover'))
  const limited = failed ?? (sockets === 'host' ? await runOnce(bpf, pins, 'limit_to_host') : undefined)
  if (limited !== undefined || !hasEdges) return limited
  const ofEdges = reuseWords(pins, [...CONFIG_MAPS, 'affinity', ...EDGE_STATE_MAPS])
  const edges = await bpf.run('prog', 'loadall', edgeObject(object), pins.programs, ...ofEdges)
  return edges.error ?? (await runOnce(bpf, pins, 'begin_flows'))
}

/** Runs a program that notes facts of its generation: this process's network namespace is the host's. Returns what went wrong, if anything. */
export async function runOnce(bpf: Bpf, pins: GenerationPins, name: Run): Promise<string | undefined> {
  // The kernel runs such a program once, and only when no number of times is asked for.
  const { error } = await bpf.run('prog', 'run', 'pinned', pins.program(name), 'repeat', '0')
  return error && `${name} cannot be run: ${error}`
}

/** What tells the loader to take these maps instead of making its own. */
function reuseWords(pins: GenerationPins, made: readonly (MadeMap | StateMap)[]): string[] {
  return made.flatMap(name => ['map', 'name', name, 'pinned', pins.map(name)])
}

/** Maps that apply makes. */
type MadeMap = keyof Capacities | EdgeStateMap

function createLine(name: MadeMap, pins: GenerationPins, entries: number): string {
  const { type, keySize, valueSize, flags } = maps[name]
  return `map create ${pins.map(name)} type ${type} key ${keySize} value ${valueSize} entries ${entries} name ${name} flags ${flags}`
}
