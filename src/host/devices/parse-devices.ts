// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../base/address.ts'
import { objects, readToolJson } from '../tool-json.ts'
import type { Device } from './device-facts.ts'

/** What we read of an element of `ip -j -d address`. */
interface Shown {
  ifindex: number
  ifname: string
  altnames?: string[]
  flags: string[]
  link_type: string
  master?: string
  linkinfo?: { info_kind?: string }
  addr_info?: { local?: string; scope?: string; tentative?: boolean; deprecated?: boolean; dadfailed?: boolean }[]
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
    master: device.master,
    addresses: (device.addr_info ?? []).flatMap(sourceIn),
  }
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
