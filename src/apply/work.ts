import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { type Changed, changedFrontends } from '../diff/changes.ts'
import { diff } from '../diff/diff.ts'
import { decode, encode, encodeU32 } from '../image/codec.ts'
import { emptyImage, type Image } from '../image/image.ts'
import { layoutHash } from '../image/layout.gen.ts'
import { affinityEntries, tooSmall } from '../kernel/capacity.ts'
import { isWhole, leftovers } from '../kernel/inspect.ts'
import { programsFor } from '../kernel/programs.ts'
import type { Plan } from '../plan/plan.ts'
import type { OpenNode } from './node.ts'

/** What is to be done on a node. */
export interface Work {
  observed: Image
  /** With its revision. */
  desired: Image
  /** From what is observed, or from nothing when a generation is built. */
  plan: Plan
  changed: Changed[]
  /** Why a new generation must be built; absent when the current one is updated in place. */
  rebuild?: string
  /** Other generations than the current one, to be detached and unpinned. */
  leftovers: number
}

/** Nothing to write, to build or to remove. */
export function isDone({ plan, rebuild, leftovers }: Work): boolean {
  return rebuild === undefined && plan.steps.length === 0 && leftovers === 0
}

const REVISION_KEY = encodeU32(0)
const LAYOUT = BigInt(`0x${layoutHash}`)

/** Compares the node with an image and decides between an update and a new generation. */
export async function planWork(node: OpenNode, image: Image, specRevision: string): Promise<Work> {
  const observed = await node.observed()
  requireLayout(observed, node.target.pinDir)
  const desired = { ...image, revision: new Map([[REVISION_KEY, revisionValue(specRevision, node.programs)]]) }
  const changed = changedFrontends(observed, desired)
  const update = diff(observed, desired)
  const rebuild = reasonToRebuild(node, observed, desired, update)
  const others = leftovers(node.state).length
  if (rebuild === undefined) return { observed, desired, changed, plan: update, leftovers: others }
  return { observed, desired, changed, plan: diff(emptyImage(), desired), rebuild, leftovers: others }
}

function revisionValue(spec: string, programs: string): string {
  return encode('revision', { spec: Buffer.from(spec, 'hex'), programs: Buffer.from(programs, 'hex'), layout: LAYOUT })
}

/** The revision that an image carries, in hex; undefined before the first apply. */
export function revisionIn(image: Image): { spec: string; programs: string; layout: bigint } | undefined {
  const value = image.revision.get(REVISION_KEY)
  if (value === undefined) return undefined
  const { spec, programs, layout } = decode('revision', value)
  return { spec: Buffer.from(spec).toString('hex'), programs: Buffer.from(programs).toString('hex'), layout }
}

/** Same sizes do not make the same meaning: the layout's hash decides. */
function requireLayout(observed: Image, pinDir: string): void {
  const layout = revisionIn(observed)?.layout
  if (layout === undefined || layout === LAYOUT) return
  const message = `the maps under ${pinDir} have layout ${layout.toString(16)}, this build knows ${layoutHash}`
  throw failure(
    EXIT.nodeNotReady,
    'other-layout',
    message,
    'use the build that made them, or run its "balancing cleanup" first',
  )
}

function reasonToRebuild(
  { state, programs }: OpenNode,
  observed: Image,
  desired: Image,
  update: Plan,
): string | undefined {
  const { current } = state
  if (!current) return state.generations.length === 0 ? 'first apply here' : 'no program is attached'
  if (hasRanges(observed) !== hasRanges(desired)) return 'source ranges change which programs are needed'
  if (!isWhole(current, programsFor(desired))) return 'programs or maps are missing'
  const revision = revisionIn(observed)
  if (revision && revision.programs !== programs) return 'the programs are of another build'
  if ((current.state.get('affinity')?.maxEntries ?? 0) < affinityEntries(update.peak))
    return 'affinity needs room to remember'
  const small = tooSmall(current.maps, update.peak)
  if (small.length === 0) return undefined
  const [map] = small
  return `${map} needs ${update.peak[map!]} entries and holds ${current.maps[map!].maxEntries}`
}

function hasRanges({ source_ranges }: Image): boolean {
  return source_ranges.size > 0
}
