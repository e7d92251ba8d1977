// SPDX-License-Identifier: Apache-2.0
import type { Generation } from '../generation/generation.ts'
import { EDGE_PROGRAM_NAMES, EDGE_PROGRAMS, type EdgeProgramName, XDP_PROGRAM } from '../generation/programs.ts'
import { type Attachment, formatPoint, isSamePoint, type RecordedAttachment, type TcFilter } from './attachment.ts'
import { ownNetns } from './netlink.ts'
import { handleAt, PREF } from './own-qdisc.ts'
import { addClsact, filtersAt, qdiscAt, replaceFilter } from './tc.ts'

/** An edge that is to get a program in each direction. */
interface EdgeDevice {
  device: string
  rawIp: boolean
  pod?: boolean | undefined
  xdp?: boolean | undefined
}

/**
 * What is to be attached to the edges of this network namespace, in the order of attaching: departures at all of them, arrivals,
 * XDP, which knows only what those have decided. `generations`: those that there are.
 */
export async function attachmentsFor(
  edges: readonly EdgeDevice[],
  generations: readonly Generation[],
): Promise<RecordedAttachment[]> {
  const netns = ownNetns()
  const handles = new Map<string, number>()
  for (const { device } of edges) handles.set(device, await handleAt(device, generations))
  const filters = EDGE_PROGRAM_NAMES.flatMap(program =>
    edges
      .filter(edge => programsOf(edge).includes(program))
      .map(({ device }) => ({
        point: {
          kind: 'tc' as const,
          netns,
          device,
          direction: EDGE_PROGRAMS[program],
          pref: PREF,
          handle: handles.get(device)!,
        },
        program,
      })),
  )
  const point = (device: string) => ({ kind: 'xdp' as const, netns, device, mode: 'native' as const })
  const shortcuts = edges.filter(edge => edge.xdp).map(({ device }) => ({ point: point(device), program: XDP_PROGRAM }))
  return [...filters, ...shortcuts]
}

export function tcOf(attachments: readonly RecordedAttachment[]): TcAttachment[] {
  return attachments.filter((attachment): attachment is TcAttachment => attachment.point.kind === 'tc')
}

interface TcAttachment extends RecordedAttachment {
  point: TcFilter
}

/** The programs of a device. */
function programsOf({ rawIp, pod }: EdgeDevice): readonly EdgeProgramName[] {
  if (pod) return ['depart_pod', 'arrive_pod']
  return rawIp ? ['depart_raw', 'arrive_raw'] : ['depart', 'arrive']
}

/** Is a program attached as it is to be? */
export function isAttached({ point, program }: RecordedAttachment, attached: readonly Attachment[]): boolean {
  return attached.some(a => a.program === program && isSamePoint(a.point, point))
}

/**
 * Attaches filters of a generation to devices, each in the stead of what is at its place, and reads back that they are there.
 * Returns what went wrong, if anything.
 */
export async function attachToDevices(
  generation: Generation,
  attachments: readonly TcAttachment[],
): Promise<string | undefined> {
  for (const { point, program } of attachments) {
    const id = generation.programs.get(program)?.id
    if (id === undefined) return `${program} is not pinned`
    const error = (await makeQdisc(point.device)) ?? (await replaceFilter(point, generation.pins.program(program)))
    if (error !== undefined) return `${program} cannot be attached to ${formatPoint(point)}: ${error}`
    generation.attached.push({ id, point, program })
    const filters = await filtersAt(point.device, point.direction)
    if (!filters.some(f => f.id === id && f.pref === point.pref && f.handle === point.handle))
      return `read-back mismatch: ${program} is not attached to ${formatPoint(point)}, although tc did not fail`
  }
  return undefined
}

async function makeQdisc(device: string): Promise<string | undefined> {
  return (await qdiscAt(device)) === 'clsact' ? undefined : await addClsact(device)
}

/**
 * Puts the filters of older generations back where those of a new one have taken their place, as far as they are pinned. The
 * others are for the caller to detach. Returns what went wrong, if anything.
 */
export async function restoreDevices(
  generation: Generation,
  older: readonly Generation[],
): Promise<string | undefined> {
  for (const attachment of [...generation.attached].reverse()) {
    const { point } = attachment
    if (point.kind !== 'tc') continue
    const before = older.findLast(g => g.attached.some(a => a.program !== undefined && isSamePoint(a.point, point)))
    const program = before?.attached.find(a => isSamePoint(a.point, point))?.program
    if (!before || program === undefined) continue
    const error = await replaceFilter(point, before.pins.program(program))
    if (error !== undefined) return `${program} cannot be attached to ${formatPoint(point)} again: ${error}`
    generation.attached = generation.attached.filter(a => a !== attachment)
  }
  return undefined
}
