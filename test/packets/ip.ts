// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../src/base/address.ts'
import { addressBytes, concat, pack, setU16 } from './bytes.ts'
import { checksum } from './checksum.ts'

/** The numbers that IPv4 and IPv6 headers have for what comes next (IANA). */
export const NEXT = {
  HOP_BY_HOP: 0,
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ROUTING: 43,
  FRAGMENT: 44,
  ICMP6: 58,
  NONE: 59,
  DESTINATION_OPTIONS: 60,
} as const

/** An IPv6 extension header that is no fragment header. */
export interface Extension {
  type: number
  /** All but its first two bytes: 6, 14, 22, … bytes. */
  body: Uint8Array
}

export interface IpHeader {
  source: Address
  destination: Address
  /** TTL or hop limit; 64 by default. */
  hops?: number
  /** Type of service or traffic class. */
  trafficClass?: number
  /** IPv4: the identification; IPv6: of the fragment header. */
  id?: number
  /** IPv4 only; true by default. */
  dontFragment?: boolean
  /** IPv4: a multiple of four bytes, at most 40. */
  options?: Uint8Array
  /** IPv6: the headers before that of the payload, and before the fragment header. */
  extensions?: readonly Extension[]
  /** The bytes before this piece, and whether more come after it. IPv6 gets a fragment header, even of `{ 0, false }`. */
  fragment?: { offset: number; more: boolean }
}

/** A padding that hop-by-hop and destination options may hold: PadN over all of the body (RFC 8200 4.2). */
export function padding(bytes: 6 | 14 | 22): Uint8Array {
  return concat(pack([1, 1], [1, bytes - 2]), new Uint8Array(bytes - 2))
}

/** An IP packet of either family, by its addresses. The payload already has its checksum. */
export function ip(header: IpHeader, protocol: number, payload: Uint8Array): Uint8Array {
  return familyOf(header.source) === 4 ? ip4(header, protocol, payload) : ip6(header, protocol, payload)
}

function ip4(header: IpHeader, protocol: number, payload: Uint8Array): Uint8Array {
  const { source, destination, hops = 64, trafficClass = 0, id = 1, fragment, options = new Uint8Array() } = header
  const dontFragment = header.dontFragment ?? !fragment
  const length = 20 + options.length
  const place = (dontFragment ? 0x4000 : 0) | (fragment?.more ? 0x2000 : 0) | ((fragment?.offset ?? 0) >> 3)
  const bytes = concat(
    pack([1, 0x40 | (length >> 2)], [1, trafficClass], [2, length + payload.length], [2, id], [2, place]),
    pack([1, hops], [1, protocol], [2, 0]),
    addressBytes(source),
    addressBytes(destination),
    options,
  )
  setU16(bytes, 10, checksum(bytes))
  return concat(bytes, payload)
}

function ip6(header: IpHeader, protocol: number, payload: Uint8Array): Uint8Array {
  const { source, destination, hops = 64, trafficClass = 0, id = 1, extensions = [], fragment } = header
  const types = [...extensions.map(({ type }) => type), ...(fragment ? [NEXT.FRAGMENT] : []), protocol]
  const chain = concat(...extensions.map(({ body }, i) => extension(types[i + 1]!, body)))
  const piece = fragment
    ? pack([1, protocol], [1, 0], [2, fragment.offset | (fragment.more ? 1 : 0)], [4, id])
    : new Uint8Array()
  const content = concat(chain, piece, payload)
  const first = pack([4, 0x60000000 | (trafficClass << 20)], [2, content.length], [1, types[0]!], [1, hops])
  return concat(first, addressBytes(source), addressBytes(destination), content)
}

function extension(next: number, body: Uint8Array): Uint8Array {
  return concat(pack([1, next], [1, (body.length + 2) / 8 - 1]), body)
}
