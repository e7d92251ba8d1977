// SPDX-License-Identifier: Apache-2.0
import type { Bpf } from '../bpftool/bpf.ts'
import type { Generation } from '../generation/generation.ts'
import { formatPoint, isSamePoint, type RecordedAttachment, type XdpHook } from './attachment.ts'
import { type DeviceProgram, programsAtDevices } from './device-programs.ts'

export interface XdpAttachment extends RecordedAttachment {
  point: XdpHook
}

/** A device that did not take a program, and why. */
export interface Untaken {
  device: string
  reason: string
}

export function xdpOf(attachments: readonly RecordedAttachment[]): XdpAttachment[] {
  return attachments.filter((attachment): attachment is XdpAttachment => attachment.point.kind === 'xdp')
}

/**
 * Attaches the XDP programs of a generation to devices, each in the stead of one of `ours` (ids), and reads back that they are
 * there. Goes on where a device does not take its program.
 */
export async function attachXdp(
  bpf: Bpf,
  generation: Generation,
  attachments: readonly XdpAttachment[],
  ours: ReadonlySet<number>,
): Promise<Untaken[]> {
  const untaken: Untaken[] = []
  for (const { point, program } of attachments) {
    const id = generation.programs.get(program)?.id
    const reason =
      id === undefined ? `${program} is not pinned` : await put(bpf, point, generation.pins.program(program), id, ours)
    if (reason === undefined) generation.attached.push({ id: id!, point, program })
    else untaken.push({ device: point.device, reason })
  }
  return untaken
}

/** Puts a pinned program at a device. A foreign program is not replaced. Returns what went wrong, if anything. */
async function put(
  bpf: Bpf,
  { device, mode }: XdpHook,
  pin: string,
  id: number,
  ours: ReadonlySet<number>,
): Promise<string | undefined> {
  const before = await presentAt(bpf, device)
  if (before && !ours.has(before.id)) return `the foreign XDP program of id ${before.id} is attached`
  const words = ['attach', mode === 'native' ? 'xdpdrv' : 'xdpgeneric', 'pinned', pin, 'dev', device]
  const { error } = await bpf.run('net', ...words, ...(before ? ['overwrite'] : []))
  if (error !== undefined) return wordOfKernel(error)
  const after = await presentAt(bpf, device)
  return after?.id === id && after.place === mode ? undefined : 'read-back mismatch: the program is not there'
}

async function presentAt(bpf: Bpf, device: string): Promise<DeviceProgram | undefined> {
  const all = await programsAtDevices(bpf)
  return all.find(p => p.device === device && (p.place === 'native' || p.place === 'generic'))
}

/** `interface xdpdrv attach failed: Numerical result out of range: veth: Peer MTU is too large to set XDP` */
function wordOfKernel(error: string): string {
  return error.replace(/^interface xdp\w+ attach failed: /, '')
}

/**
 * Puts the XDP programs of older generations back where those of a new one have taken their place, as far as they are pinned.
 * Returns what went wrong, if anything.
 */
export async function restoreXdp(
  bpf: Bpf,
  generation: Generation,
  older: readonly Generation[],
): Promise<string | undefined> {
  for (const attachment of generation.attached.filter(({ point }) => point.kind === 'xdp').reverse()) {
    const point = attachment.point as XdpHook
    const before = older.findLast(g => g.attached.some(a => a.program !== undefined && isSamePoint(a.point, point)))
    const found = before?.attached.find(a => a.program !== undefined && isSamePoint(a.point, point))
    if (!before || !found?.program) continue
    const pin = before.pins.program(found.program)
    const error = await put(bpf, point, pin, found.id, new Set([attachment.id, found.id]))
    if (error !== undefined) return `${found.program} cannot be attached to ${formatPoint(point)} again: ${error}`
    generation.attached = generation.attached.filter(a => a !== attachment)
  }
  return undefined
}
