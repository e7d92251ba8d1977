import { headOf } from '../base/form.ts'
import { missingFeatures } from '../bpf/features.ts'
import { type Generation, readableMaps } from '../bpf/generation.ts'
import type { LiveMap } from '../bpf/show.ts'
import { CONFIG_MAPS, type Image, STATE_MAPS } from '../datapath/image.ts'
import { reasonsNotDestroyed } from '../node/destroy-stale-sockets.ts'
import type { Saved } from '../node/history/saved.ts'
import { namesOf } from '../node/names.ts'
import { type NodeStatus, nodeStatus } from '../node/node-status.ts'
import { type OpenNode, openNode, type Target } from '../node/open-node.ts'
import { verdictOf } from '../node/sync-state.ts'
import { driftBetween } from '../report/drift/drift.ts'
import type { MapStatus, Status } from './output/status-text.ts'

/** Looks at a node, and compares what its maps hold with the spec that was put in place last. */
export async function lookAt(target: Target, readSaved: () => Saved | string): Promise<Status> {
  const node = await openNode(target)
  // While bpftool reads the maps.
  const saved = readSaved()
  const condition = await nodeStatus(node)
  const { current, orphans } = node.state
  const { image, isOurBuild, programs, damage, leftovers, foreign, foreignUnknown } = condition
  const facts = {
    ...headOf('Status'),
    time: new Date().toISOString(),
    pinDir: target.pinDir,
    cgroup: target.cgroup,
    revision: current?.revision?.spec ?? null,
    applied: typeof saved === 'string' ? null : saved.entry,
    ...compared(node, condition, saved),
    programs,
    currentBuild: isOurBuild,
    layout: current?.revision?.layout ?? null,
    degraded: await degraded(current),
    maps: configOf(image, current),
    state: stateMapsOf(current),
    foreign,
    foreignUnknown: foreignUnknown ?? null,
    orphans,
    damage: damage ?? null,
    leftovers,
  }
  const { apiVersion, kind, time, ...rest } = facts
  return { apiVersion, kind, time, ...verdictOf(facts), ...rest }
}

/** Drift, or why nobody can tell. */
function compared(
  { state }: OpenNode,
  { image }: NodeStatus,
  saved: Saved | string,
): Pick<Status, 'drift' | 'driftUnknown'> {
  if (!state.current) return { drift: [], driftUnknown: null }
  if (typeof saved === 'string') return { drift: [], driftUnknown: saved }
  if (!image) return { drift: [], driftUnknown: 'this build cannot read maps of another layout, or damaged ones' }
  return { drift: driftBetween(saved.compiled.image, image, namesOf(saved.compiled)), driftUnknown: null }
}

async function degraded(serving: Generation | undefined): Promise<Status['degraded']> {
  const features = Object.fromEntries(missingFeatures().map(({ name, lost }) => [name, lost]))
  const destroyed = serving ? await reasonsNotDestroyed(serving) : []
  return destroyed.length === 0 ? features : { ...features, destroyed: destroyed.join('; ') }
}

function configOf(image: Image | undefined, generation: Generation | undefined): Status['maps'] {
  const live = generation && readableMaps(generation)
  if (!live || !image) return {}
  return Object.fromEntries(CONFIG_MAPS.map(name => [name, { entries: image[name].size, ...mapStatus(live[name]) }]))
}

function stateMapsOf(generation: Generation | undefined): Status['state'] {
  const present = STATE_MAPS.map(name => [name, generation?.maps.get(name)] as const)
  return Object.fromEntries(present.flatMap(([name, map]) => (map ? [[name, mapStatus(map)]] : [])))
}

function mapStatus({ type, maxEntries, memory }: LiveMap): MapStatus {
  return { type, maxEntries, memory }
}
