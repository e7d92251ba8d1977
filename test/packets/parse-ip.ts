// SPDX-License-Identifier: Apache-2.0
import { type Address, readAddress } from '../../src/base/address.ts'
import { u16, u32 } from './bytes.ts'
import { type Extension, NEXT } from './ip.ts'

/** An IP packet's header, and where its payload is. */
export interface ParsedIp {
  source: Address
  destination: Address
  hops: number
  /** Of the payload, after all extension headers. */
  protocol: number
  options: Uint8Array
  extensions: Extension[]
  /** `id` is 16 bits in IPv4, 32 in IPv6. */
  fragment: { id: number; offset: number; more: boolean } | undefined
  /** Where the payload begins. */
  at: number
  /** What the header says of its length; a quote may have less. */
  length: number
  payload: Uint8Array
}

const EXTENSIONS: readonly number[] = [NEXT.HOP_BY_HOP, NEXT.ROUTING, NEXT.DESTINATION_OPTIONS]

/** Undefined: it is no IP packet, or shorter than its headers. */
export function parseIp(bytes: Uint8Array): ParsedIp | undefined {
  const version = bytes.length > 0 ? bytes[0]! >> 4 : 0
  return version === 4 ? parse4(bytes) : version === 6 ? parse6(bytes) : undefined
}

function parse4(bytes: Uint8Array): ParsedIp | undefined {
  const at = (bytes[0]! & 15) * 4
  if (at < 20 || bytes.length < at) return undefined
  const place = u16(bytes, 6)
  const [offset, more] = [(place & 0x1fff) * 8, (place & 0x2000) !== 0]
  const length = u16(bytes, 2) - at
  return {
    source: bytes.subarray(12, 16).join('.'),
    destination: bytes.subarray(16, 20).join('.'),
    hops: bytes[8]!,
    protocol: bytes[9]!,
    options: bytes.slice(20, at),
    extensions: [],
    fragment: offset > 0 || more ? { id: u16(bytes, 4), offset, more } : undefined,
    at,
    length,
    payload: bytes.slice(at, at + length),
  }
}

function parse6(bytes: Uint8Array): ParsedIp | undefined {
  if (bytes.length < 40) return undefined
  const extensions: Extension[] = []
  let [protocol, at] = [bytes[6]!, 40]
  let fragment: ParsedIp['fragment']
  while (EXTENSIONS.includes(protocol) || protocol === NEXT.FRAGMENT) {
    const size = protocol === NEXT.FRAGMENT ? 8 : (bytes[at + 1]! + 1) * 8
    if (!(bytes.length >= at + size)) return undefined
    if (protocol === NEXT.FRAGMENT)
      fragment = { id: u32(bytes, at + 4), offset: u16(bytes, at + 2) & 0xfff8, more: (bytes[at + 3]! & 1) === 1 }
    else extensions.push({ type: protocol, body: bytes.slice(at + 2, at + size) })
    protocol = bytes[at]!
    at += size
    // What follows in a later fragment is no header.
    if (fragment && fragment.offset > 0) break
  }
  const length = u16(bytes, 4) + 40 - at
  return {
    source: readAddress(bytes, 8),
    destination: readAddress(bytes, 24),
    hops: bytes[7]!,
    protocol,
    options: new Uint8Array(),
    extensions,
    fragment,
    at,
    length,
    payload: bytes.slice(at, at + length),
  }
}
