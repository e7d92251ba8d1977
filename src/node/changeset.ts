import { affinityEntries, type Capacities, capacitiesFor, tooSmall } from '../bpf/capacity.ts'
import { damageOf, readableMaps } from '../bpf/generation.ts'
import { leftovers } from '../bpf/inspect.ts'
import { programsFor } from '../bpf/programs.ts'
import { type Inheritance, inheritanceFrom } from '../bpf/state.ts'
import { emptyImage, type Image } from '../datapath/image.ts'
import { layoutHash } from '../datapath/layout.gen.ts'
import { encodeRevision, REVISION_KEY } from '../datapath/revision.ts'
import { diff } from '../plan/diff.ts'
import type { Plan } from '../plan/plan.ts'
import { type Changed, changedFrontends } from '../report/change/changes.ts'
import { servingIn } from '../report/change/losses.ts'
import type { OpenNode } from './open-node.ts'

/** What is to be done on a node. */
export interface Changeset {
  /** Undefined when what serves now cannot be read as an image: it has another layout, or is damaged. */
  observed: Image | undefined
  /** With its revision. */
  desired: Image
  /** From what is observed, or from nothing when a generation is built. */
  plan: Plan
  /** The frontends that differ; none when nothing can be compared. */
  changed: Changed[]
  /** Absent when the current generation is updated in place. */
  rebuild?: Rebuild
  /** Other generations than the current one, to be detached and unpinned. */
  leftovers: number
  /** Programs of ours that lost their pins, to be detached. */
  orphans: number
}

/** A generation to be built. */
export interface Rebuild {
  reason: string
  capacities: Capacities
  state: Inheritance
}

/** Nothing to write, to build or to remove. */
export function isDone({ plan, rebuild, leftovers, orphans }: Changeset): boolean {
  return rebuild === undefined && plan.steps.length === 0 && leftovers === 0 && orphans === 0
}

/** Compares the node with an image and decides between an update and a new generation. */
export async function planChangeset(node: OpenNode, image: Image, specRevision: string): Promise<Changeset> {
  const observed = await node.observed()
  const revision = encodeRevision({ spec: specRevision, programs: node.programs, serving: servingIn(image).size })
  const desired = { ...image, revision: new Map([[REVISION_KEY, revision]]) }
  const changed = observed ? changedFrontends(observed, desired) : []
  const update = observed && diff(observed, desired)
  const reason = reasonToRebuild(node, observed, desired, update)
  const others = { leftovers: leftovers(node.state).length, orphans: node.state.orphans.length }
  if (reason === undefined) return { observed, desired, changed, plan: update!, ...others }
  const plan = diff(emptyImage(), desired)
  const capacities = capacitiesFor(plan.peak)
  const rebuild = { reason, capacities, state: inheritanceFrom(node.state.generations, capacities) }
  return { observed, desired, changed, plan, rebuild, ...others }
}

function reasonToRebuild(
  { state, programs }: OpenNode,
  observed: Image | undefined,
  desired: Image,
  update: Plan | undefined,
): string | undefined {
  const { current } = state
  if (!current) return state.generations.length === 0 ? 'first apply here' : 'no program is attached'
  const { revision } = current
  if (!revision) return 'its revision is missing'
  if (revision.layout !== layoutHash) return `programs of another build (layout ${revision.layout})`
  if (revision.programs !== programs) return 'programs of another build'
  const maps = readableMaps(current)
  if (!maps || !observed || !update) return 'the maps cannot be read'
  if (hasRanges(observed) !== hasRanges(desired)) return 'source ranges change which programs are needed'
  const damage = damageOf(current, programsFor(desired))
  if (damage !== undefined) return damage
  if (current.maps.get('affinity')!.maxEntries < affinityEntries(update.peak)) return 'affinity needs room to remember'
  const small = tooSmall(maps, update.peak)
  if (small.length === 0) return undefined
  const [map] = small
  return `${map} needs ${update.peak[map!]} entries and holds ${maps[map!].maxEntries}`
}

function hasRanges({ source_ranges }: Image): boolean {
  return source_ranges.size > 0
}
