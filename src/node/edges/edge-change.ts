// SPDX-License-Identifier: Apache-2.0
import type { NodeState } from '../../bpf/generation/node-state.ts'
import { formatXdpRecord } from '../../bpf/generation/xdp-record.ts'
import { type Attachment, formatAttachment, isSamePoint, type RecordedAttachment } from '../../bpf/hooks/attachment.ts'
import { attachmentsFor, isAttached } from '../../bpf/hooks/edges.ts'
import { type Untaken, xdpOf } from '../../bpf/hooks/xdp.ts'
import type { Edges } from '../../compile/edges.ts'
import { NO_XDP, recordOf, withRefusals, type XdpPlan } from './xdp-devices.ts'

/** What an apply changes at devices. */
export interface EdgeChange {
  edges: Edges
  xdp: XdpPlan
  /** What is attached when it is done, in the order of attaching. */
  wanted: readonly RecordedAttachment[]
  /** Those that are not attached. */
  missing: readonly RecordedAttachment[]
  /** What is attached to devices and not wanted. */
  surplus: readonly Attachment[]
  /** Whether the generation notes something else: its manifest, or its record of XDP. */
  isRecordedOtherwise: boolean
  /** Those that are, or were, the host's sides of pods' devices. */
  pods: ReadonlySet<string>
  /** Names of devices: edges to come, edges that cease to be one, and those whose programs are attached again. */
  gained: readonly string[]
  lost: readonly string[]
  repaired: readonly string[]
  /** Edges that stay and get XDP, or lose it. */
  xdpGained: readonly string[]
  xdpLost: readonly string[]
}

/** Compares what is attached of the current generation, if there is one, with the edges that are to be. */
export async function edgeChangeOf(
  { current, generations }: Pick<NodeState, 'current' | 'generations'>,
  edges: Edges,
  xdp: XdpPlan = NO_XDP,
): Promise<EdgeChange> {
  const attached = current?.attached ?? []
  const wanted = await attachmentsFor(edges.devices, generations)
  const missing = wanted.filter(attachment => !isAttached(attachment, attached))
  const surplus = attached.filter(a => a.point.kind !== 'cgroup' && !wanted.some(w => isSamePoint(w.point, a.point)))
  const recorded = current?.manifest.attachments ?? []
  const isNew = ({ point }: RecordedAttachment) => !recorded.some(r => isSamePoint(r.point, point))
  const [before, after] = [devicesIn(recorded), devicesIn(wanted)]
  const [xdpBefore, xdpAfter] = [devicesIn(xdpOf(recorded)), devicesIn(xdpOf(wanted))]
  const again = missing.filter(attachment => attachment.point.kind === 'tc' || !isNew(attachment))
  return {
    edges,
    xdp,
    wanted,
    missing,
    surplus,
    pods: new Set(devicesIn([...recorded, ...wanted].filter(isOfPod))),
    isRecordedOtherwise: textOf(recorded) !== textOf(wanted) || isXdpNotedOtherwise(current, xdp, wanted),
    gained: after.filter(device => !before.includes(device)),
    lost: before.filter(device => !after.includes(device)),
    repaired: devicesIn(again).filter(device => before.includes(device)),
    xdpGained: xdpAfter.filter(device => before.includes(device) && !xdpBefore.includes(device)),
    xdpLost: xdpBefore.filter(device => after.includes(device) && !xdpAfter.includes(device)),
  }
}

function isXdpNotedOtherwise(
  current: NodeState['current'],
  xdp: XdpPlan,
  wanted: readonly RecordedAttachment[],
): boolean {
  const record = wanted.length === 0 ? undefined : recordOf(xdp)
  const noted = current?.pins.xdpRecord
  return record !== undefined && (noted === undefined || formatXdpRecord(noted) !== formatXdpRecord(record))
}

/** The change as it turned out: these devices did not take their XDP program, and are served by tc alone. */
export function withoutXdp(change: EdgeChange, untaken: readonly Untaken[]): EdgeChange {
  const isUntaken = (device: string) => untaken.some(u => u.device === device)
  const devices = change.edges.devices.map(edge => (isUntaken(edge.device) ? { ...edge, xdp: false } : edge))
  return {
    ...change,
    edges: { ...change.edges, devices },
    xdp: withRefusals(change.xdp, untaken),
    wanted: change.wanted.filter(({ point }) => point.kind !== 'xdp' || !isUntaken(point.device)),
    xdpGained: change.xdpGained.filter(device => !isUntaken(device)),
  }
}

export function changesEdges({ missing, surplus, isRecordedOtherwise }: EdgeChange): boolean {
  return missing.length > 0 || surplus.length > 0 || isRecordedOtherwise
}

/** Names of the devices of attachments, each once. */
export function devicesIn(attachments: readonly RecordedAttachment[]): string[] {
  return [...new Set(attachments.map(({ point }) => point.device))]
}

/** Is it a program of the host's side of a pod's device? */
export function isOfPod({ program }: Pick<RecordedAttachment, 'program'>): boolean {
  return program.endsWith('_pod')
}

function textOf(attachments: readonly RecordedAttachment[]): string {
  // A manifest lists the devices of pods behind the others.
  return attachments.map(formatAttachment).sort().join(' ')
}
