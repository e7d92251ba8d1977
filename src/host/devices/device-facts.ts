// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'

/** The devices of a network namespace and where its routes lead, as the kernel had them at one moment. */
export interface DeviceFacts {
  /** By ifindex. */
  devices: readonly Device[]
  routes: readonly Route[]
}

export interface Device {
  name: string
  /** Other names that `ip link property` gave it. */
  altNames: readonly string[]
  ifindex: number
  /** What it is: `veth`, `bridge`, `vxlan`, …; `` for hardware. */
  kind: string
  /** The form of its packets, as `ip link` names it: `ether`, `none`, `tunnel6`, `loopback`, … */
  linkType: string
  isUp: boolean
  mtu: number
  /** The XDP program that is attached to it. */
  xdp?: XdpProgram | undefined
  /** The bridge, bond or virtual router that it is a port of. */
  master?: string | undefined
  /** Of a bridge: that it shows what it forwards to the firewall, whatever `net.bridge` says. */
  callsFirewall?: boolean
  /** Global ones that may be used as a source, in the kernel's order. */
  addresses: readonly Address[]
}

export interface XdpProgram {
  id: number
  name: string
  mode: 'native' | 'generic' | 'offloaded'
}

/** A route of one family. Those of the table `local` (what the node itself receives) are left out. */
export interface Route {
  /** In bits of an IPv6 address: an IPv4 route is one to ::ffff:a.b.c.d/96 and longer. */
  network: Address
  prefix: number
  family: 4 | 6
  /** Its name or number; `main` unless a rule leads elsewhere. */
  table: string
  /** The devices that it leads to, several with multipath; none when it refuses. */
  devices: readonly string[]
  metric: number
}

/** Devices whose packets have no link-layer header: tun and WireGuard (none), IPIP, IP6IP6, SIT, mobile broadband. */
const RAW_IP = new Set(['none', 'ipip', 'tunnel6', 'sit', 'rawip'])

export function isRawIp({ linkType }: Pick<Device, 'linkType'>): boolean {
  return RAW_IP.has(linkType)
}

/** Why programs cannot serve a device, whoever asks for it; undefined when they can. */
export function whyNoEdge(device: Device): string | undefined {
  if (device.linkType === 'loopback') return 'it is the loopback device'
  if (device.linkType === 'ether' || isRawIp(device)) return undefined
  return `its packets have the form "${device.linkType}", neither Ethernet nor raw IP`
}
