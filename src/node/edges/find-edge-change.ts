// SPDX-License-Identifier: Apache-2.0
import type { Bpf } from '../../bpf/bpftool/bpf.ts'
import type { Generation } from '../../bpf/generation/generation.ts'
import type { Attachment, RecordedAttachment } from '../../bpf/hooks/attachment.ts'
import { type DeviceProgram, programsAtDevices } from '../../bpf/hooks/device-programs.ts'
import type { Edges } from '../../compile/edges.ts'
import type { Spec } from '../../spec/spec.ts'
import { changesEdges, type EdgeChange, edgeChangeOf } from './edge-change.ts'
import { type EdgeChoice, resolveEdges } from './resolve-edges.ts'

/** What is to change at devices, and the generation with what is attached of it now. */
export interface FoundChange {
  change: EdgeChange
  generation: Generation
}

/** Which edges there are to be: as apply is asked. */
interface Wanted {
  choice: EdgeChoice
  spec: Spec
  node: string | null
  /** As they were applied. */
  before: Edges
}

/**
 * Compares the devices that there are now with the edges of the generation that serves; undefined when all is as it is to be. It asks
 * the kernel once for devices, routes and programs, where `inspect` asks for the filters of each device.
 */
export async function findEdgeChange(
  bpf: Bpf,
  serving: Generation,
  { choice, spec, node, before }: Wanted,
): Promise<FoundChange | undefined> {
  const present = await programsAtDevices(bpf)
  const { manifest } = serving.pins
  const attached = [
    ...serving.attached.filter(({ point }) => point.kind === 'cgroup'),
    ...manifest.attachments.flatMap(recorded => attachmentOf(recorded, serving, present)),
  ]
  const generation = { ...serving, manifest, attached }
  const state = { current: generation, generations: [generation], orphans: [] }
  const { edges, xdp } = await resolveEdges(choice, state, spec, node)
  const change = await edgeChangeOf(state, edges, xdp)
  const isSame = !changesEdges(change) && JSON.stringify(edges) === JSON.stringify(before)
  return isSame ? undefined : { change, generation }
}

/** What a manifest lists, if the program is at its device. */
function attachmentOf(
  { point, program }: RecordedAttachment,
  { programs }: Generation,
  present: readonly DeviceProgram[],
): Attachment[] {
  const place = point.kind === 'tc' ? point.direction : point.mode
  const id = programs.get(program)?.id
  const isThere = present.some(p => p.id === id && p.device === point.device && p.place === place)
  return id !== undefined && isThere ? [{ id, point, program }] : []
}
