// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import { OWN_PINS } from '../generation/manifest.ts'
import { UNPINNED_MAPS } from '../generation/programs.ts'
import { type LiveMap, type LiveProgram, liveMap } from '../maps/live.ts'
import type { AttachedProgram } from './attached.ts'

/**
 * Which of these are programs of balancing that no pin on any BPF file system that we see leads to: the pins were
 * removed. They have a name of ours, and every map that they use has one too.
 */
export async function orphansAmong<P extends AttachedProgram & LiveProgram>(
  bpf: Bpf,
  programs: readonly P[],
): Promise<P[]> {
  const likely = programs.filter(p => OWN_PINS.has(`programs/${p.name}`))
  if (likely.length === 0) return []
  const ids = [...new Set(likely.flatMap(p => p.mapIds))]
  const maps = (await bpf.show(ids.map(id => `map show id ${id}`))).map(answer => liveMap(answer))
  const isOurs = ({ name }: LiveMap) => OWN_PINS.has(`maps/${name}`) || UNPINNED_MAPS.includes(name)
  const ours = new Set(maps.flatMap(map => (map && isOurs(map) ? [map.id] : [])))
  const alike = likely.filter(p => p.mapIds.length > 0 && p.mapIds.every(id => ours.has(id)))
  if (alike.length === 0) return []
  const pinned = await pinnedAnywhere(bpf)
  return alike.filter(p => !pinned.has(p.id))
}

/** The ids of programs that some BPF file system holds. */
async function pinnedAnywhere(bpf: Bpf): Promise<Set<number>> {
  const { output, error } = await bpf.run('--bpffs', 'prog', 'show')
  if (error !== undefined)
    throw failure(EXIT.nodeNotReady, 'pins-unreadable', `the pinned programs cannot be listed: ${error}`)
  const programs = Array.isArray(output) ? (output as { id: number; pinned?: unknown[] }[]) : []
  return new Set(programs.filter(p => (p.pinned?.length ?? 0) > 0).map(p => p.id))
}
