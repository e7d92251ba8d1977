// SPDX-License-Identifier: Apache-2.0
/** Where a program is attached: the hook, the object that it belongs to, and all that it takes to find it there again. */
export type AttachPoint = CgroupHook | NetlinkHook

/** A hook of a cgroup, which the kernel lists. */
interface CgroupHook {
  kind: 'cgroup'
  /** A directory. */
  cgroup: string
  /** As bpftool names it, for example `cgroup_inet4_connect`. */
  hook: string
}

/** A hook of a device. What is attached there by netlink has no link that could be pinned: it stays until it is removed. */
export type NetlinkHook = TcFilter | XdpHook

interface Device {
  /** Inode number of the network namespace that it is in. */
  netns: number
  device: string
}

export interface TcFilter extends Device {
  kind: 'tc'
  direction: 'ingress' | 'egress'
  pref: number
  handle: number
}

export interface XdpHook extends Device {
  kind: 'xdp'
  mode: 'native' | 'generic'
}

/** A program of a generation at a hook. Without a name its pin is gone; its maps gave it away. */
export interface Attachment {
  id: number
  point: AttachPoint
  program?: string
}

/** What a manifest says of a program that is attached by netlink. */
export interface RecordedAttachment {
  point: NetlinkHook
  /** The name of its pin. */
  program: string
}

/** `tc/4026531840/eth0/ingress/49152/1=edge_ingress` or `xdp/4026531840/eth0/native=express`. */
export function formatAttachment({ point, program }: RecordedAttachment): string {
  const where = `${point.kind}/${point.netns}/${encodeURIComponent(point.device)}`
  if (point.kind === 'xdp') return `${where}/${point.mode}=${program}`
  return `${where}/${point.direction}/${point.pref}/${point.handle}=${program}`
}

/** Reads a line that formatAttachment() wrote; undefined when it is anything else. */
export function parseAttachment(line: string): RecordedAttachment | undefined {
  const tc = /^tc\/(\d+)\/([^/=]+)\/(ingress|egress)\/(\d+)\/(\d+)=(\w+)$/.exec(line)
  const xdp = /^xdp\/(\d+)\/([^/=]+)\/(native|generic)=(\w+)$/.exec(line)
  const [, netns, name] = tc ?? xdp ?? []
  const device = name && decodeName(name)
  if (!device) return undefined
  const place = { netns: Number(netns), device }
  if (!tc) return { point: { kind: 'xdp', ...place, mode: xdp![3] as XdpHook['mode'] }, program: xdp![4]! }
  const [pref, handle] = [Number(tc[4]), Number(tc[5])]
  return { point: { kind: 'tc', ...place, direction: tc[3] as TcFilter['direction'], pref, handle }, program: tc[6]! }
}

function decodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Are two hooks of devices the same? */
export function isSamePoint(a: AttachPoint, b: AttachPoint): boolean {
  if (a.kind === 'cgroup' || b.kind === 'cgroup') return false
  const [one, other] = [a, b].map(point => formatAttachment({ point: point as NetlinkHook, program: '' }))
  return one === other
}

/** For messages. */
export function formatPoint(point: AttachPoint): string {
  if (point.kind === 'cgroup') return point.cgroup
  if (point.kind === 'xdp') return `${point.device} (XDP, ${point.mode})`
  return `${point.device} (tc ${point.direction}, pref ${point.pref}, handle ${point.handle})`
}
