// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../src/base/address.ts'
import type { Packet, Tuple } from '../../src/datapath/packet/packet.ts'
import { addressBytes, setU16 } from './bytes.ts'
import { NEXT } from './ip.ts'
import { type Parsed, parsePacket } from './parse.ts'
import { parseIp } from './parse-ip.ts'

/** A raw IP packet as the twin sees it. */
export function twinPacketOf(bytes: Uint8Array): Packet {
  const parsed = parsePacket(bytes)
  if (!parsed) return { kind: 'other' }
  const { ip, icmp } = parsed
  if (ip.fragment && ip.fragment.offset > 0) {
    const protocol = ip.protocol === NEXT.TCP ? 'TCP' : ip.protocol === NEXT.UDP ? 'UDP' : undefined
    const { source, destination } = ip
    return protocol ? { kind: 'fragment', protocol, source, destination, fragment: ip.fragment.id } : { kind: 'other' }
  }
  const tuple = tupleIn(parsed)
  if (tuple) {
    const opens = parsed.flags.includes('S') && !parsed.flags.includes('.')
    return { kind: 'segment', ...tuple, opens, ...(ip.fragment && { fragment: ip.fragment.id }) }
  }
  const about = icmp?.quote && tupleIn(icmp.quote)
  if (!about) return { kind: 'other' }
  const { source, destination } = ip
  return { kind: 'error', source, destination, about, isRedirect: icmp.kind === 'redirect' }
}

function tupleIn({ protocol, from, to }: Parsed): Tuple | undefined {
  return protocol === 'TCP' || protocol === 'UDP' ? { protocol, source: from, destination: to } : undefined
}

/**
 * The bytes of a packet as the twin has rewritten it, without checksums: those of the IP header, of the transport header and of
 * ICMP are zero, outside and in what an error quotes.
 */
export function rewritten(bytes: Uint8Array, packet: Packet): Uint8Array {
  const changed = Uint8Array.from(bytes)
  if (packet.kind === 'segment') {
    writeAddresses(changed, packet.source.address, packet.destination.address)
    writePorts(changed, packet.source.port, packet.destination.port)
  } else if (packet.kind !== 'other') {
    writeAddresses(changed, packet.source, packet.destination)
  }
  if (packet.kind === 'error') {
    const quote = quoteIn(changed)
    writeAddresses(quote, packet.about.source.address, packet.about.destination.address)
    writePorts(quote, packet.about.source.port, packet.about.destination.port)
  }
  return withoutChecksums(changed)
}

/** The packet with all checksums that rewriting changes set to zero. */
export function withoutChecksums(bytes: Uint8Array): Uint8Array {
  const blank = Uint8Array.from(bytes)
  blankChecksums(blank)
  return blank
}

function blankChecksums(bytes: Uint8Array): void {
  const ip = parseIp(bytes)
  if (!ip) return
  if (bytes[0]! >> 4 === 4) setU16(bytes, 10, 0)
  if (ip.fragment && ip.fragment.offset > 0) return
  const isIcmp = ip.protocol === NEXT.ICMP || ip.protocol === NEXT.ICMP6
  const offset = isIcmp ? 2 : ip.protocol === NEXT.TCP ? 16 : ip.protocol === NEXT.UDP ? 6 : undefined
  if (offset !== undefined && bytes.length >= ip.at + offset + 2) setU16(bytes, ip.at + offset, 0)
  if (isIcmp && parsePacket(bytes)?.icmp?.quote) blankChecksums(quoteIn(bytes))
}

/** What an error quotes, in place. A redirect of IPv6 is left out: it is never rewritten. */
function quoteIn(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(parseIp(bytes)!.at + 8)
}

function writeAddresses(bytes: Uint8Array, source: Address, destination: Address): void {
  const [from, to] = [addressBytes(source), addressBytes(destination)]
  const at = from.length === 4 ? 12 : 8
  bytes.set(from, at)
  bytes.set(to, at + from.length)
}

function writePorts(bytes: Uint8Array, source: number, destination: number): void {
  const { at } = parseIp(bytes)!
  setU16(bytes, at, source)
  setU16(bytes, at + 2, destination)
}
