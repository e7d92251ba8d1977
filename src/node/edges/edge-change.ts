// SPDX-License-Identifier: Apache-2.0
import type { NodeState } from '../../bpf/generation/node-state.ts'
import { type Attachment, formatAttachment, isSamePoint, type RecordedAttachment } from '../../bpf/hooks/attachment.ts'
import { attachmentsFor, isAttached, type TcAttachment } from '../../bpf/hooks/edges.ts'
import type { Edges } from '../../compile/edges.ts'

/** What an apply changes at devices. */
export interface EdgeChange {
  edges: Edges
  /** What is attached when it is done, in the order of attaching. */
  wanted: readonly TcAttachment[]
  /** Those that are not attached. */
  missing: readonly TcAttachment[]
  /** What is attached to devices and not wanted. */
  surplus: readonly Attachment[]
  /** Whether the manifest lists something else. */
  isRecordedOtherwise: boolean
  /** Names of devices: edges to come, edges that cease to be one, and those whose programs are attached again. */
  gained: readonly string[]
  lost: readonly string[]
  repaired: readonly string[]
}

/** Compares what is attached of the current generation, if there is one, with the edges that are to be. */
export async function edgeChangeOf(
  { current, generations }: Pick<NodeState, 'current' | 'generations'>,
  edges: Edges,
): Promise<EdgeChange> {
  const attached = current?.attached ?? []
  const wanted = await attachmentsFor(edges.devices, generations)
  const missing = wanted.filter(attachment => !isAttached(attachment, attached))
  const surplus = attached.filter(a => a.point.kind !== 'cgroup' && !wanted.some(w => isSamePoint(w.point, a.point)))
  const recorded = current?.manifest.attachments ?? []
  const [before, after] = [devicesIn(recorded), devicesIn(wanted)]
  return {
    edges,
    wanted,
    missing,
    surplus,
    isRecordedOtherwise: textOf(recorded) !== textOf(wanted),
    gained: after.filter(device => !before.includes(device)),
    lost: before.filter(device => !after.includes(device)),
    repaired: devicesIn(missing).filter(device => before.includes(device)),
  }
}

export function changesEdges({ missing, surplus, isRecordedOtherwise }: EdgeChange): boolean {
  return missing.length > 0 || surplus.length > 0 || isRecordedOtherwise
}

/** Names of the devices of attachments, each once. */
export function devicesIn(attachments: readonly RecordedAttachment[]): string[] {
  return [...new Set(attachments.map(({ point }) => point.device))]
}

function textOf(attachments: readonly RecordedAttachment[]): string {
  return attachments.map(formatAttachment).join(' ')
}
