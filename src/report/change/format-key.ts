// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../base/address.ts'
import { escapeLine } from '../../base/escape.ts'
import { protocolOfNumber } from '../../base/protocol.ts'
import { type Edges, NO_EDGES } from '../../compile/edges.ts'
import { decode, decodeU32 } from '../../datapath/codec.ts'
import type { ConfigMap } from '../../datapath/image.ts'
import { addressOfKey, UNSPECIFIED } from '../../datapath/keys.ts'
import { formatFrontend, type Names } from './print.ts'

/** A key of a map as text: `shop/cart:http 10.96.7.21:80/TCP`. */
export function formatKey(map: ConfigMap, key: string, names: Names): string {
  if (map === 'frontends') return `${names(key) ?? '(unknown)'} ${frontendText(key)}`
  if (map === 'addresses') return `the address ${addressOfKey(key)}`
  if (map === 'devices') return formatDevice(key)
  return TEXT[map]
}

const TEXT: Readonly<Record<Exclude<ConfigMap, 'frontends' | 'addresses' | 'devices'>, string>> = {
  pages: 'a page of a long list of backends',
  members: 'a backend that a client may keep',
  source_ranges: 'a source range',
  address_filter: 'a line of the address filter',
  port_filter: 'a line of the port filter',
  epoch: 'the epoch',
  revision: 'the revision',
}

/** `the edge eth0`; without a name `the edge of interface 2`. `key` is one of `devices`. */
export function formatDevice(key: string, { devices }: Edges = NO_EDGES): string {
  const ifindex = decodeU32(key)
  const name = devices.find(device => device.ifindex === ifindex)?.device
  return name === undefined ? `the edge of interface ${ifindex}` : `the edge ${escapeLine(name)}`
}

function frontendText(key: string): string {
  const { address, port, protocol } = decode('frontend_key', key)
  const family = familyOf(address)
  const place = address === UNSPECIFIED[family] ? undefined : address
  return formatFrontend({ address: place, family, port, protocol: protocolOfNumber(protocol) })
}
