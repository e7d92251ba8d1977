// SPDX-License-Identifier: Apache-2.0
import { decode, encodeU32 } from '../../datapath/codec.ts'
import { CONFIG_MAPS, EDGE_STATE_MAPS, STATE_MAPS } from '../../datapath/image.ts'
import { layoutHash } from '../../datapath/layout.gen.ts'
import { decodeRevision, REVISION_KEY, type Revision } from '../../datapath/revision.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { Attachment } from '../hooks/attachment.ts'
import { hasForm, type LiveMap, type LiveMaps, type LiveProgram, liveMap, liveProgram } from '../maps/live.ts'
import type { Manifest } from './manifest.ts'
import type { GenerationPins } from './pins.ts'
import { EDGE_PROGRAM_NAMES, type ProgramName, XDP_PROGRAM } from './programs.ts'
import type { SocketScope } from './socket-scope.ts'

/** A generation as the kernel has it, of this build or any other. */
export interface Generation {
  pins: GenerationPins
  manifest: Manifest
  /** By name: the maps that its programs use, whatever is pinned now; of those that none uses, what is pinned. */
  maps: ReadonlyMap<string, LiveMap>
  /** Names of maps that are not the ones at their pins, or not pinned at all. */
  astray: ReadonlySet<string>
  /** Its pinned programs by name. */
  programs: ReadonlyMap<string, LiveProgram>
  /** Undefined when its maps were never filled. */
  revision: Revision | undefined
  /** Whether another generation may still be attached beside it; undefined when its programs cannot be asked. An apply that finishes ends it. */
  inHandover: boolean | undefined
  /** Whose sockets it translates; undefined when its programs cannot be asked. */
  sockets: SocketScope | undefined
  attached: Attachment[]
}

/** Looks at a generation. Reads only. What is attached of it is for `inspect` to find out. */
export async function lookAt(bpf: Bpf, pins: GenerationPins): Promise<Generation> {
  const { manifest } = pins
  const [mapNames, programNames] = [pins.pinned('maps'), pins.pinned('programs')]
  const answers = await bpf.show([
    ...mapNames.map(name => `map show pinned ${pins.map(name)}`),
    ...programNames.map(name => `prog show pinned ${pins.program(name)}`),
  ])
  const maps = present(
    mapNames,
    mapNames.map((name, i) => liveMap(answers[i], pins.map(name))),
  )
  const programs = present(programNames, answers.slice(mapNames.length).map(liveProgram))
  const astray = new Set<string>()
  for (const map of await usedBeside(bpf, maps, programs)) {
    const name = fullName(manifest, map.name)
    if (name === undefined) continue
    maps.set(name, map)
    astray.add(name)
  }
  const own = new Set([...maps.values()].map(map => map.id))
  for (const [name, { mapIds }] of programs) if (!mapIds.some(id => own.has(id))) programs.delete(name)
  return { pins, manifest, maps, astray, programs, ...(await knownBy(bpf, maps)), attached: [] }
}

function present<T>(names: readonly string[], found: readonly (T | undefined)[]): Map<string, T> {
  return new Map(names.flatMap((name, i) => (found[i] === undefined ? [] : [[name, found[i]] as const])))
}

/** The maps that programs use and that are not among these. */
async function usedBeside(
  bpf: Bpf,
  maps: ReadonlyMap<string, LiveMap>,
  programs: ReadonlyMap<string, LiveProgram>,
): Promise<LiveMap[]> {
  const pinned = new Set([...maps.values()].map(map => map.id))
  const others = new Set([...programs.values()].flatMap(p => p.mapIds).filter(id => !pinned.has(id)))
  const answers = await bpf.show([...others].map(id => `map show id ${id}`))
  return answers.map(answer => liveMap(answer)).filter(map => map !== undefined)
}

/** The map of a generation that the kernel, which keeps 15 characters, calls so. */
function fullName({ pins }: Manifest, kernelName: string): string | undefined {
  const names = [...pins.keys()].filter(path => path.startsWith('maps/')).map(path => path.slice('maps/'.length))
  return names.find(name => name.slice(0, 15) === kernelName)
}

/** What the maps say of the generation itself. `generation_info` of another build cannot be read. */
export async function knownBy(
  bpf: Bpf,
  maps: ReadonlyMap<string, LiveMap>,
): Promise<Pick<Generation, 'revision' | 'inHandover' | 'sockets'>> {
  const [revision, info] = [maps.get('revision'), maps.get('generation_info')]
  const isArray = revision?.type === 'array'
  const isKnown = info !== undefined && hasForm(info, 'generation_info')
  const values = await bpf.lookup([
    ...(isArray ? [{ map: revision.ref, key: REVISION_KEY }] : []),
    ...(isKnown ? [{ map: info.ref, key: encodeU32(0) }] : []),
  ])
  const value = isKnown ? values.at(-1) : undefined
  const own = value === undefined ? undefined : decode('generation_info', value)
  return {
    revision: decodeRevision((isArray && values[0]) || ''),
    inHandover: own && own.in_handover !== 0,
    sockets: own && (own.host_only === 0 ? 'all' : 'host'),
  }
}

/** Its config maps, when they can be read as an image by this build. */
export function readableMaps({ maps, revision }: Generation): LiveMaps | undefined {
  if (revision !== undefined && revision.layout !== layoutHash) return undefined
  const found = CONFIG_MAPS.map(name => [name, maps.get(name)] as const)
  if (!found.every(([name, map]) => map && hasForm(map, name))) return undefined
  return Object.fromEntries(found) as LiveMaps
}

/** Whether a generation has what edges need. */
export function hasEdgePrograms({ manifest }: Pick<Generation, 'manifest'>): boolean {
  return manifest.pins.has('maps/flows')
}

/**
 * Why a generation of this build, with these programs attached to the cgroup, must be replaced; undefined when it is as
 * apply leaves it, but for what is attached to devices.
 */
export function damageOf(generation: Generation, programs: readonly ProgramName[]): string | undefined {
  const { pins, attached, astray, maps } = generation
  const hasEdges = pins.hasManifest && hasEdgePrograms(generation)
  const state = [...STATE_MAPS, ...(hasEdges ? EDGE_STATE_MAPS : [])]
  const missing = [
    ...[...CONFIG_MAPS, ...state].filter(name => !maps.has(name) || astray.has(name)),
    ...programs.filter(name => !attached.some(a => a.program === name)),
    ...(hasEdges ? [...EDGE_PROGRAM_NAMES, XDP_PROGRAM] : []).filter(name => !generation.programs.has(name)),
  ]
  if (missing.length > 0) return `programs or maps are missing: ${missing.join(', ')}`
  if (attached.filter(a => a.point.kind === 'cgroup').length > programs.length) return 'a program is attached twice'
  if (!pins.hasManifest) return 'its manifest is missing'
  const frozen = CONFIG_MAPS.find(name => maps.get(name)!.frozen)
  if (frozen !== undefined) return `the map ${frozen} is frozen`
  const odd = [...CONFIG_MAPS, ...state].find(name => !hasForm(maps.get(name)!, name))
  return odd && `the map ${odd} is a ${maps.get(odd)!.type} of another size`
}
