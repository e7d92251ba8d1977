// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../base/address.ts'
import { objects, readToolJson } from '../tool-json.ts'
import type { Device, XdpProgram } from './device-facts.ts'

/** What we read of an element of `ip -j -d address`. */
interface Shown {
  ifindex: number
  ifname: string
  altnames?: string[]
  flags: string[]
  mtu?: number
  xdp?: ShownXdp & { attached?: ShownXdp[] }
  link_type: string
  master?: string
  linkinfo?: { info_kind?: string; info_data?: { nf_call_iptables?: number; nf_call_ip6tables?: number } }
  addr_info?: { local?: string; scope?: string; tentative?: boolean; deprecated?: boolean; dadfailed?: boolean }[]
}

interface ShownXdp {
  mode: number
  prog?: { id: number; name?: string }
}

/** The devices that `ip -j -d address` lists, or why they cannot be read. */
export function parseDevices(json: string): Device[] | string {
  return readToolJson('ip -d address', json, value => objects<Shown>(value).filter(isDevice).map(deviceOf))
}

function deviceOf(device: Shown): Device {
  return {
    name: device.ifname,
    altNames: device.altnames ?? [],
    ifindex: device.ifindex,
    kind: device.linkinfo?.info_kind ?? '',
    linkType: device.link_type,
    isUp: device.flags.includes('UP'),
    mtu: device.mtu ?? 0,
    xdp: xdpIn(device),
    master: device.master,
    ...(callsFirewall(device) ? { callsFirewall: true } : {}),
    addresses: (device.addr_info ?? []).flatMap(sourceIn),
  }
}

function callsFirewall({ linkinfo }: Shown): boolean {
  const { nf_call_iptables, nf_call_ip6tables } = linkinfo?.info_data ?? {}
  return nf_call_iptables === 1 || nf_call_ip6tables === 1
}

/** By the numbers of the kernel. A device with programs in two modes has the mode 4, and lists them. */
const XDP_MODES: Readonly<Record<number, XdpProgram['mode']>> = { 1: 'native', 2: 'generic', 3: 'offloaded' }

function xdpIn({ xdp }: Shown): XdpProgram | undefined {
  const all = xdp ? [...(xdp.attached ?? []), xdp] : []
  const [first] = all.flatMap(({ mode, prog }) => {
    const name = XDP_MODES[mode]
    return name && prog ? [{ id: prog.id, name: prog.name ?? '', mode: name }] : []
  })
  return first
}

/** iproute2 6.1 prints an empty object for a device that it was not asked for. */
function isDevice(device: Partial<Shown>): device is Shown {
  return device.ifindex !== undefined
}

type ShownAddress = NonNullable<Shown['addr_info']>[number]

function sourceIn({ local, scope, tentative, deprecated, dadfailed }: ShownAddress): Address[] {
  const address = local === undefined ? undefined : parseAddress(local)
  const isUsable = scope === 'global' && !deprecated && !tentative && !dadfailed
  return address !== undefined && isUsable ? [address] : []
}
