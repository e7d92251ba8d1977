// SPDX-License-Identifier: Apache-2.0
import { EDGE_STATE_GROUPS, type EdgeStateMap, STATE_GROUPS, STATE_MAPS, type StateMap } from '../../datapath/image.ts'
import { layoutHash, mapLayouts } from '../../datapath/layout.gen.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import { hasForm, type LiveMap, liveMap, liveProgram } from '../maps/live.ts'
import type { Capacities } from './capacity.ts'
import type { Generation } from './generation.ts'
import type { GenerationPins } from './pins.ts'

/** Where the state maps of a new generation come from. */
export interface Inheritance {
  /** The maps to take over as they are, so that sockets made before keep what is known of them. */
  kept: ReadonlyMap<StateMap | EdgeStateMap, LiveMap>
  /** What is left behind, a few words each. */
  lost: readonly string[]
}

/**
 * What a new generation can take over from those that serve now: of each memory all maps, or none. The newest generation
 * goes first; when two builds have not finished to take over from each other, an older one may fit better. Flows are taken over
 * only by a generation that has edges.
 */
export function inheritanceFrom(
  generations: readonly Generation[],
  capacities: Capacities,
  hasEdges: boolean,
): Inheritance {
  const serving = generations.filter(g => g.attached.length > 0).reverse()
  const kept = new Map<StateMap | EdgeStateMap, LiveMap>()
  const lost: string[] = []
  for (const names of hasEdges ? [...STATE_GROUPS, ...EDGE_STATE_GROUPS] : STATE_GROUPS) {
    const from = serving.find(g => obstacle(g, names, capacities) === undefined)
    for (const name of from ? names : []) kept.set(name, from!.maps.get(name)!)
    if (!from && serving[0] && !isCache(names) && isInUse(serving[0], names))
      lost.push(`what ${names.join(' and ')} held is lost: ${obstacle(serving[0], names, capacities)}`)
  }
  return { kept, lost: [...lost, ...unknownTo(serving[0])] }
}

/** Memory that only the other build has. */
function unknownTo(generation: Generation | undefined): string[] {
  const known = [...STATE_GROUPS, ...EDGE_STATE_GROUPS].flat().map(name => `maps/${name}`)
  const unknown = [...(generation?.manifest.pins ?? [])].filter(
    ([path, layout]) => layout !== '' && !known.includes(path),
  )
  return unknown.map(([path]) => `what ${path.slice('maps/'.length)} held is lost: this build does not know it`)
}

/** Hot flows are made of the records again. */
function isCache([name]: readonly (StateMap | EdgeStateMap)[]): boolean {
  return name === 'hot_flows'
}

/** An affinity of one entry is there only because the programs cannot do without. */
function isInUse({ manifest, maps }: Generation, names: readonly (StateMap | EdgeStateMap)[]): boolean {
  return names.some(name => manifest.pins.has(`maps/${name}`) && maps.get(name)?.maxEntries !== 1)
}

/**
 * Layouts of earlier builds that our programs read as well. `affinity` of 0.1.0 has no check values; the programs believe
 * such a record where `members` has its backend, and write it anew.
 */
const READ_TOO: Readonly<Partial<Record<StateMap | EdgeStateMap, string>>> = { affinity: 'c6fcfafb96ef4f01' }

/** Why the maps of a generation cannot be taken over; undefined when they can. */
function obstacle(
  { manifest, maps, revision }: Generation,
  names: readonly (StateMap | EdgeStateMap)[],
  capacities: Capacities,
): string | undefined {
  for (const name of names) {
    const live = maps.get(name)
    if (!live) return 'it is gone'
    const layout = manifest.pins.get(`maps/${name}`)
    const isRead = revision?.layout === layoutHash || layout === mapLayouts[name] || layout === READ_TOO[name]
    if (!isRead || !hasForm(live, name)) return 'its layout changed'
    if ((name === 'affinity' || name === 'hot_flows') && live.maxEntries < capacities[name]) return 'it needs more room'
  }
  return undefined
}

/** Pins what is inherited under a new generation. Returns what went wrong, if anything. */
export async function pinInherited(
  bpf: Bpf,
  kept: Inheritance['kept'],
  to: GenerationPins,
): Promise<string | undefined> {
  for (const [name, { id }] of kept) {
    const { error } = await bpf.run('map', 'pin', 'id', String(id), to.map(name))
    if (error !== undefined) return `the map ${name} cannot be taken over: ${error}`
  }
  return undefined
}

/**
 * Pins the state maps that loading the programs made: socket storage needs BTF, which only the loader gives it.
 * Returns what went wrong, if anything.
 */
export async function pinState(bpf: Bpf, pins: GenerationPins): Promise<string | undefined> {
  const pinned = pins.pinned('maps')
  const missing = STATE_MAPS.filter(name => !pinned.includes(name))
  if (missing.length === 0) return undefined
  const programs = await bpf.show(pins.pinned('programs').map(name => `prog show pinned ${pins.program(name)}`))
  const ids = new Set(programs.flatMap(answer => liveProgram(answer)?.mapIds ?? []))
  const shown = (await bpf.show([...ids].map(id => `map show id ${id}`))).map(answer => liveMap(answer))
  for (const name of missing) {
    const id = shown.find(map => map?.name === name)?.id
    if (id === undefined) return `no program has the map ${name}`
    const { error } = await bpf.run('map', 'pin', 'id', String(id), pins.map(name))
    if (error !== undefined) return `the map ${name} cannot be pinned: ${error}`
  }
  return undefined
}
