// SPDX-License-Identifier: Apache-2.0
import { affinityEntries, type Capacities, capacitiesFor, hotFlowSets, tooSmall } from '../bpf/generation/capacity.ts'
import { hasEdgePrograms, readableMaps } from '../bpf/generation/generation.ts'
import { leftovers } from '../bpf/generation/inspect.ts'
import { programsFor } from '../bpf/generation/programs.ts'
import { formatScope, type SocketScope } from '../bpf/generation/socket-scope.ts'
import { type Inheritance, inheritanceFrom } from '../bpf/generation/state-maps.ts'
import { type Edges, NO_EDGES } from '../compile/edges.ts'
import { emptyImage, type Image } from '../datapath/image.ts'
import { layoutHash } from '../datapath/layout.gen.ts'
import { encodeRevision, REVISION_KEY } from '../datapath/revision.ts'
import { diff } from '../plan/diff.ts'
import type { Plan } from '../plan/plan.ts'
import { type Changed, changedFrontends } from '../report/change/changes.ts'
import { servingIn } from '../report/change/losses.ts'
import { generationDamage, isOfThisBuild } from './damage.ts'
import { changesEdges, type EdgeChange, edgeChangeOf } from './edges/edge-change.ts'
import { NO_XDP, type XdpPlan } from './edges/xdp-devices.ts'
import type { ObservedNode } from './inspect-node.ts'

/** All that an apply changes on a node: map writes, a new generation, what is detached and unpinned. */
export interface Changeset {
  /** What the maps hold; undefined when they cannot be read as an image: another layout, or damaged. */
  observed: Image | undefined
  /** What the maps shall hold, the revision included. */
  desired: Image
  /** From what is observed, or from nothing when a generation is built. */
  plan: Plan
  /** The frontends that differ; none when nothing can be compared. */
  changed: Changed[]
  /** Absent when the current generation is updated in place. */
  rebuild?: Rebuild
  /** What changes at devices. */
  edges: EdgeChange
  /** Whose sockets are translated. */
  sockets: SocketScope
  /** How many generations other than the current one are detached and unpinned. */
  unfinished: number
  /** How many orphaned programs are detached. */
  orphans: number
}

/** A new generation, staged beside the current one and attached in its place. */
export interface Rebuild {
  reason: string
  capacities: Capacities
  state: Inheritance
}

/** Whether there is nothing to write, to build or to remove. */
export function isEmpty({ plan, rebuild, edges, unfinished, orphans }: Changeset): boolean {
  const isIdle = plan.steps.length === 0 && !changesEdges(edges)
  return rebuild === undefined && isIdle && unfinished === 0 && orphans === 0
}

/** Where packets and sockets are to be translated. */
interface Hooks {
  edges: Edges
  xdp: XdpPlan
  sockets: SocketScope
}

/** Compares what a node has with an image and with edges, and decides between an update in place and a new generation. */
export async function planChangeset(
  node: ObservedNode,
  image: Image,
  specRevision: string,
  { edges, xdp, sockets }: Hooks = { edges: NO_EDGES, xdp: NO_XDP, sockets: 'all' },
): Promise<Changeset> {
  const observed = await node.observed()
  const revision = encodeRevision({ spec: specRevision, programs: node.programs, serving: servingIn(image).size })
  const desired = { ...image, revision: new Map([[REVISION_KEY, revision]]) }
  const changed = observed ? changedFrontends(observed, desired) : []
  const update = observed && diff(observed, desired)
  const { generations, orphans } = node.state
  const hasXdp = xdp.devices.size > 0
  const reason = reasonToRebuild(node, observed, desired, update, hasXdp, sockets)
  const others = {
    edges: await edgeChangeOf(node.state, edges, xdp),
    sockets,
    unfinished: leftovers(node.state).length,
    orphans: orphans.length,
  }
  if (reason === undefined) return { observed, desired, changed, plan: update!, ...others }
  const plan = diff(emptyImage(), desired)
  const capacities = capacitiesFor(plan.peak, desired, hasXdp)
  const rebuild = { reason, capacities, state: inheritanceFrom(generations, capacities, hasEdges(desired)) }
  return { observed, desired, changed, plan, rebuild, ...others }
}

function reasonToRebuild(
  node: ObservedNode,
  observed: Image | undefined,
  desired: Image,
  update: Plan | undefined,
  hasXdp: boolean,
  sockets: SocketScope,
): string | undefined {
  const { state, programs } = node
  const { current } = state
  if (!current && state.generations.length === 0) return 'first apply here'
  const damage = generationDamage(node, programsFor(desired))
  if (!current?.revision) return damage
  const { layout } = current.revision
  if (layout !== layoutHash) return `programs of another build (layout ${layout})`
  if (!isOfThisBuild(state, programs)) return 'programs of another build'
  const maps = readableMaps(current)
  if (!maps || !observed || !update) return 'the maps cannot be read'
  if (hasRanges(observed) !== hasRanges(desired)) return 'source ranges change which programs are needed'
  if (current.pins.hasManifest && hasEdgePrograms(current) !== hasEdges(desired))
    return 'edges change which programs are needed'
  if (damage !== undefined) return damage
  if (current.sockets !== sockets) return `${formatScope(sockets)} are to be translated`
  if (current.maps.get('affinity')!.maxEntries < affinityEntries(desired)) return 'affinity needs room to remember'
  if ((current.maps.get('hot_flows')?.maxEntries ?? 0) < hotFlowSets(hasXdp) && hasEdges(desired))
    return 'XDP needs room for hot flows'
  const small = tooSmall(maps, update.peak)
  if (small.length === 0) return undefined
  const [map] = small
  return `${map} needs ${update.peak[map!]} entries and holds ${maps[map!].maxEntries}`
}

function hasRanges({ source_ranges }: Image): boolean {
  return source_ranges.size > 0
}

function hasEdges({ devices }: Image): boolean {
  return devices.size > 0
}
