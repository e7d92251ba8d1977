// SPDX-License-Identifier: Apache-2.0
import type { Bpf } from '../../bpf/bpftool/bpf.ts'
import type { Generation } from '../../bpf/generation/generation.ts'
import { detach } from '../../bpf/hooks/attach.ts'
import { isSamePoint, type RecordedAttachment } from '../../bpf/hooks/attachment.ts'
import { attachToDevices, tcOf } from '../../bpf/hooks/edges.ts'
import { removeOwnQdiscs } from '../../bpf/hooks/own-qdisc.ts'
import { changesEdges, type EdgeChange } from './edge-change.ts'
import { recordOf } from './xdp-devices.ts'

/** Writes down what will be attached beside what is, before anything is: a kill in between leaves no program that no manifest has. */
export function announceEdges({ pins, manifest }: Generation, change: EdgeChange): void {
  if (!changesEdges(change)) return
  const isWanted = (recorded: RecordedAttachment) => change.wanted.some(w => isSamePoint(w.point, recorded.point))
  pins.replaceAttachments([...manifest.attachments.filter(recorded => !isWanted(recorded)), ...change.wanted])
}

/** Takes the announcement back: nothing was attached. */
export function recallEdges({ pins, manifest }: Generation, change: EdgeChange): void {
  if (changesEdges(change)) pins.replaceAttachments(manifest.attachments)
}

/**
 * Attaches the filters that are missing and detaches what is not wanted, once all that the programs read is in place. Returns
 * what went wrong, if anything.
 */
export async function changeEdges(bpf: Bpf, generation: Generation, change: EdgeChange): Promise<string | undefined> {
  if (!changesEdges(change)) return undefined
  const failed =
    (await attachToDevices(generation, tcOf(change.missing))) ??
    (await detach(bpf, generation, attachment => change.surplus.includes(attachment))) ??
    (await removeOwnQdiscs(change.surplus.map(({ point }) => point)))
  if (failed === undefined) noteEdges(generation, change)
  return failed
}

/** Writes down what is attached, and why the rest is not. */
export function noteEdges({ pins }: Generation, { wanted, xdp }: EdgeChange): void {
  pins.replaceAttachments(wanted)
  const record = recordOf(xdp)
  if (record && wanted.length > 0) pins.replaceXdpRecord(record)
}
