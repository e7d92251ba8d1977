// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../base/failure.ts'
import { missingFeatures } from '../bpf/features.ts'
import { type Generation, hasEdgePrograms } from '../bpf/generation/generation.ts'
import { type ProgramName, programsFor } from '../bpf/generation/programs.ts'
import { foreignBelow } from '../bpf/hooks/foreign-programs.ts'
import { readEdgeCounts } from '../bpf/maps/edge-counts.ts'
import { readFlowUse } from '../bpf/maps/flow-use.ts'
import type { Edges } from '../compile/edges.ts'
import type { Image } from '../datapath/image.ts'
import { driftBetween } from '../report/drift/drift-between.ts'
import type { Spec } from '../spec/spec.ts'
import { damagesOf, isOfThisBuild, unfinishedIn } from './damage.ts'
import { whyUnable } from './destroy-stale-sockets.ts'
import { edgesOf, withGonePods } from './edges/edge-status.ts'
import { PRESENT_EDGES, resolveEdges } from './edges/resolve-edges.ts'
import { entryNamed } from './history/runs.ts'
import type { Saved } from './history/saved.ts'
import type { ObservedNode } from './inspect-node.ts'
import { judge } from './judge.ts'
import { namesOf } from './names.ts'
import type { NodeStatus, ProgramState } from './node-status.ts'
import { configMapsOf, stateMapsOf } from './status-maps.ts'

/**
 * Judges a node: is what was applied whole, and do the maps hold what the spec that was applied last compiles to? Reads only.
 * `saved` is that spec, or why there is none.
 */
export async function statusOf(node: ObservedNode, saved: Saved | string): Promise<NodeStatus> {
  const { state, target } = node
  const { current, orphans, foreign } = state
  const image = await node.observed()
  const below = await foreignBelow(node.bpf, target.cgroup, state)
  const needed = image && programsFor(image)
  const { edges, xdp, unserved } = await resolveEdges(PRESENT_EDGES, state, ...appliedOn(saved))
  const edgeStatus = edgesOf(state, edges, xdp, image)
  const facts = {
    pinDir: target.pinDir,
    cgroup: target.cgroup,
    revision: revisionIn(current, saved),
    applied: typeof saved === 'string' ? null : saved.entry,
    ...driftOf(current, image, saved, withGonePods(edges, image)),
    programs: programStates(needed, current),
    sockets: current?.sockets ?? null,
    edges: edgeStatus,
    edgeCounts: await countsOf(node),
    ...(await flowsOf(node)),
    thisBuild: isOfThisBuild(state, node.programs),
    layout: current?.revision?.layout ?? null,
    degraded: await degraded(current),
    configMaps: configMapsOf(image, current),
    stateMaps: stateMapsOf(current),
    foreignPrograms: [...foreign, ...(below instanceof Failure ? [] : below)],
    foreignUnknown: below instanceof Failure ? below.message : null,
    foreignFilters: state.foreignFilters,
    unserved: unserved(),
    orphanedPrograms: orphans,
    damage: damagesOf(node, needed, edgeStatus),
    unfinished: unfinishedIn(state).map(generation => generation.pins.path),
  }
  return { ...judge(facts), ...facts }
}

/** The spec that was applied last and the node it was applied for, as far as they are known: they say where backends are. */
function appliedOn(saved: Saved | string): [spec: Spec, node: string | null] {
  return typeof saved === 'string' ? [{ nodes: [], services: [] }, null] : [saved.spec, saved.entry.node]
}

/** What the maps say. Maps of builds up to 0.1.0 have the hash of the whole spec. */
function revisionIn(current: Generation | undefined, saved: Saved | string): string | null {
  const hash = current?.revision?.spec
  const entry = typeof saved === 'string' ? undefined : entryNamed([saved.entry], hash)
  return entry?.revision ?? hash ?? null
}

async function countsOf({ bpf, state: { current } }: ObservedNode): Promise<NodeStatus['edgeCounts']> {
  const map = current?.maps.get('edge_counts')
  return (map && (await readEdgeCounts(bpf, map))) ?? null
}

async function flowsOf({ bpf, state }: ObservedNode): Promise<Pick<NodeStatus, 'flows' | 'flowsUnknown'>> {
  const { current } = state
  if (!current || !hasEdgePrograms(current)) return { flows: null, flowsUnknown: null }
  const flows = await readFlowUse(bpf, current)
  return typeof flows === 'string' ? { flows: null, flowsUnknown: flows } : { flows, flowsUnknown: null }
}

function driftOf(
  current: Generation | undefined,
  image: Image | undefined,
  saved: Saved | string,
  edges: Edges,
): Pick<NodeStatus, 'drift' | 'driftUnknown'> {
  if (!current) return { drift: [], driftUnknown: null }
  if (typeof saved === 'string') return { drift: [], driftUnknown: saved }
  if (!image) return { drift: [], driftUnknown: 'this build cannot read maps of another layout, or damaged ones' }
  const compiled = saved.compiled(edges)
  return { drift: driftBetween(compiled.image, image, namesOf(compiled), edges), driftUnknown: null }
}

function programStates(
  needed: readonly ProgramName[] = [],
  generation: Generation | undefined,
): NodeStatus['programs'] {
  const attached = generation?.attached.flatMap(a => a.program ?? []) ?? []
  const names = [...new Set<string>([...needed, ...attached])]
  return Object.fromEntries(names.map(name => [name, programState(name, generation)]))
}

function programState(name: string, generation: Generation | undefined): ProgramState {
  if (!generation?.programs.has(name)) return 'missing'
  return generation.attached.some(a => a.program === name) ? 'attached' : 'detached'
}

async function degraded(current: Generation | undefined): Promise<NodeStatus['degraded']> {
  const features = Object.fromEntries(missingFeatures().map(({ name, lost }) => [name, lost]))
  const unable = current ? await whyUnable(current) : []
  if (unable.length === 0) return features
  return { ...features, 'destroy-sockets': `connected UDP sockets keep a backend that is gone: ${unable.join('; ')}` }
}
