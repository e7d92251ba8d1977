// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { runChild, stderrLine } from '../../host/child.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { Generation } from '../generation/generation.ts'
import { liveProgram } from '../maps/live.ts'
import { type Attachment, formatPoint, type NetlinkHook, type TcFilter, type XdpHook } from './attachment.ts'

/**
 * The programs of a generation that its manifest lists as attached by netlink and that still are. A device that is gone took
 * its programs with it. Refuses (exit 4) to look from another network namespace than that of the devices.
 */
export async function netlinkAttachments(bpf: Bpf, generation: Generation): Promise<Attachment[]> {
  const found: Attachment[] = []
  for (const { point, program } of generation.manifest.attachments) {
    requireNetns(point, program)
    const id = await (point.kind === 'tc' ? filterAt(point) : xdpAt(bpf, point))
    if (id !== undefined && (await isOf(bpf, generation, id))) found.push({ id, point, program })
  }
  return found
}

/** Does a program use a map of a generation? The hook may be another program's by now. */
async function isOf(bpf: Bpf, { maps }: Generation, id: number): Promise<boolean> {
  const [answer] = await bpf.show([`prog show id ${id}`])
  const used = liveProgram(answer)?.mapIds ?? []
  return [...maps.values()].some(map => used.includes(map.id))
}

function requireNetns(point: NetlinkHook, program: string): void {
  if (statSync('/proc/self/ns/net').ino === point.netns) return
  const message = `${program} is attached to ${formatPoint(point)} in the network namespace net:[${point.netns}], which is not this one`
  throw failure(EXIT.nodeNotReady, 'other-netns', message, "run balancing in the host's network namespace")
}

/** The id of the program of a filter; undefined when there is none. */
async function filterAt(point: TcFilter): Promise<number | undefined> {
  const { device, direction, pref, handle } = point
  const words = ['-j', 'filter', 'show', 'dev', device, direction, 'pref', String(pref)]
  const { stdout, stderr, exitCode, failure: reason } = await runChild('tc', words)
  if (/Cannot find device/.test(stderr)) return undefined
  if (exitCode !== 0) throw unreadable(point, reason ?? stderrLine(stderr))
  const filters = JSON.parse(stdout) as { options?: { handle?: string; prog?: { id: number } } }[]
  return filters.find(filter => Number(filter.options?.handle) === handle)?.options?.prog?.id
}

async function xdpAt(bpf: Bpf, point: XdpHook): Promise<number | undefined> {
  const { output, error } = await bpf.run('net', 'show', 'dev', point.device)
  if (error?.includes('invalid devname')) return undefined
  if (error !== undefined) throw unreadable(point, error)
  const [{ xdp = [] } = {}] = output as { xdp?: { mode: string; id: number }[] }[]
  return xdp.find(({ mode }) => mode === XDP_MODES[point.mode].shown)?.id
}

/** How bpftool names the modes of XDP. */
const XDP_MODES = {
  native: { shown: 'driver', detach: 'xdpdrv' },
  generic: { shown: 'generic', detach: 'xdpgeneric' },
} as const

function unreadable(point: NetlinkHook, reason: string) {
  const message = `what is attached to ${formatPoint(point)} cannot be read: ${reason}`
  return failure(EXIT.nodeNotReady, 'device-unreadable', message, 'install iproute2')
}

/** Detaches what is at a hook of a device. Returns what went wrong, if anything. */
export async function detachNetlink(bpf: Bpf, point: NetlinkHook): Promise<string | undefined> {
  if (point.kind === 'xdp') {
    const { error } = await bpf.run('net', 'detach', XDP_MODES[point.mode].detach, 'dev', point.device)
    return error
  }
  const { device, direction, pref, handle } = point
  const words = ['filter', 'del', 'dev', device, direction, 'pref', String(pref), 'handle', String(handle), 'bpf']
  const { exitCode, stderr, failure: reason } = await runChild('tc', words)
  return exitCode === 0 ? undefined : (reason ?? stderrLine(stderr))
}
