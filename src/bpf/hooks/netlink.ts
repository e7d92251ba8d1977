// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { EDGE_STATE_GROUPS, STATE_GROUPS } from '../../datapath/image.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { Generation } from '../generation/generation.ts'
import { liveProgram } from '../maps/live.ts'
import { type Attachment, formatAttachment, formatPoint, type NetlinkHook } from './attachment.ts'
import { type DeviceProgram, programsAtDevices } from './device-programs.ts'
import { deleteFilter, filtersAt, filtersAtAll } from './tc.ts'

/**
 * The programs of a generation that are attached to devices of this network namespace (`present`), those that its manifest
 * lists and any other, in the order of attaching. Refuses (exit 4) to look from another network namespace than that of the devices.
 */
export async function netlinkAttachments(
  bpf: Bpf,
  generation: Generation,
  present: readonly DeviceProgram[],
): Promise<Attachment[]> {
  for (const { point, program } of generation.manifest.attachments) requireNetns(point, program)
  const own = await programsOf(bpf, generation, present)
  const points = await pointsOf(own)
  const unique = new Map(points.map(found => [formatAttachment({ point: found.point, program: '' }), found]))
  return [...unique.values()]
    .map(({ id, point }) => ({ id, point, ...nameOf(generation, id) }))
    .sort((a, b) => rank(a.point) - rank(b.point))
}

/** The network namespace of this process, by inode number. */
export function ownNetns(): number {
  return statSync('/proc/self/ns/net').ino
}

/** State that a generation hands over. A program that uses only such maps of a generation is of a later one. */
const HANDED_OVER = new Set<string>([...STATE_GROUPS, ...EDGE_STATE_GROUPS].flat())

/** Those that are pinned under a generation, or use a map that no other one has. */
async function programsOf(
  bpf: Bpf,
  { programs, maps, manifest }: Generation,
  present: readonly DeviceProgram[],
): Promise<DeviceProgram[]> {
  const pinned = new Set([...programs.values()].map(({ id }) => id))
  const isLikely = ({ name }: DeviceProgram) => name === '' || manifest.pins.has(`programs/${pinName(name)}`)
  const unsure = [...new Set(present.filter(p => !pinned.has(p.id) && isLikely(p)).map(({ id }) => id))]
  const ownMaps = new Set([...maps].flatMap(([name, { id }]) => (HANDED_OVER.has(name) ? [] : [id])))
  const answers = await bpf.show(unsure.map(id => `prog show id ${id}`))
  const unpinned = unsure.filter((_, i) => liveProgram(answers[i])?.mapIds.some(id => ownMaps.has(id)))
  return present.filter(({ id }) => pinned.has(id) || unpinned.includes(id))
}

/** A filter is called after the pin of its program: `arrive:[*fsobj]`. */
export function pinName(filter: string): string {
  return filter.split(':')[0]!
}

/** Where programs are attached, as it takes to detach them. */
export async function pointsOf(programs: readonly DeviceProgram[]): Promise<{ id: number; point: NetlinkHook }[]> {
  const netns = ownNetns()
  const xdp = programs.flatMap(({ id, device, place }) =>
    place === 'native' || place === 'generic'
      ? [{ id, point: { kind: 'xdp' as const, netns, device, mode: place } }]
      : [],
  )
  const filtered = programs.flatMap(({ id, device, place }) =>
    place === 'ingress' || place === 'egress' ? [{ id, device, direction: place }] : [],
  )
  const lists = await filtersAtAll(filtered)
  const tc = filtered.flatMap(({ id, device, direction }, i) => {
    const filters = lists[i]!.filter(filter => filter.id === id)
    return filters.map(({ pref, handle }) => ({
      id,
      point: { kind: 'tc' as const, netns, device, direction, pref, handle },
    }))
  })
  return [...tc, ...xdp]
}

/** `tc ingress of eth0`, `native XDP of eth0`. */
export function formatHook(point: NetlinkHook): string {
  return point.kind === 'tc' ? `tc ${point.direction} of ${point.device}` : `${point.mode} XDP of ${point.device}`
}

function nameOf({ programs }: Generation, id: number): { program?: string } {
  const found = [...programs].find(([, program]) => program.id === id)
  return found ? { program: found[0] } : {}
}

/** What is attached first: departures, arrivals, XDP. */
function rank(point: NetlinkHook): number {
  return point.kind === 'xdp' ? 2 : point.direction === 'ingress' ? 1 : 0
}

function requireNetns(point: NetlinkHook, program: string): void {
  if (ownNetns() === point.netns) return
  const message = `${program} is attached to ${formatPoint(point)} in the network namespace net:[${point.netns}], which is not this one`
  throw failure(EXIT.nodeNotReady, 'other-netns', message, "run balancing in the host's network namespace")
}

/** Detaches a program from a device, unless another one has taken its place. Returns what went wrong, if anything. */
export async function detachNetlink(bpf: Bpf, id: number, point: NetlinkHook): Promise<string | undefined> {
  if (point.kind === 'tc') {
    const filters = await filtersAt(point.device, point.direction)
    const isThere = filters.some(f => f.pref === point.pref && f.handle === point.handle && f.id === id)
    return isThere ? deleteFilter(point) : undefined
  }
  const present = await programsAtDevices(bpf)
  if (!present.some(p => p.device === point.device && p.place === point.mode && p.id === id)) return undefined
  const mode = point.mode === 'native' ? 'xdpdrv' : 'xdpgeneric'
  return (await bpf.run('net', 'detach', mode, 'dev', point.device)).error
}
