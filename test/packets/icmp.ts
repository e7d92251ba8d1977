// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../src/base/address.ts'
import { concat, pack, setU16 } from './bytes.ts'
import { checksum, transportChecksum } from './checksum.ts'
import { type IpHeader, ip, NEXT } from './ip.ts'

/** Types and codes of RFC 792, 1191 and 4443, 4861. */
export const ICMP_KINDS = {
  4: {
    echo: [8, 0],
    portUnreachable: [3, 3],
    hostUnreachable: [3, 1],
    tooBig: [3, 4],
    hopsExceeded: [11, 0],
    redirect: [5, 1],
  },
  6: {
    echo: [128, 0],
    portUnreachable: [1, 4],
    hostUnreachable: [1, 3],
    tooBig: [2, 0],
    hopsExceeded: [3, 0],
    redirect: [137, 0],
  },
} as const
export type IcmpKind = keyof (typeof ICMP_KINDS)[4]

export interface Icmp extends IpHeader {
  kind: IcmpKind
  /** The four bytes after the checksum: an MTU, or identifier and sequence. */
  rest?: number
  /** Of an error: the quoted packet and what follows it. Of a redirect of IPv6: all after `rest`. */
  data?: Uint8Array
}

export function icmp({ kind, rest = 0, data = new Uint8Array(), ...header }: Icmp): Uint8Array {
  const family = familyOf(header.source)
  const [type, code] = ICMP_KINDS[family][kind]
  const bytes = concat(pack([1, type], [1, code], [2, 0], [4, rest]), data)
  const { source, destination } = header
  setU16(bytes, 2, family === 4 ? checksum(bytes) : transportChecksum(source, destination, NEXT.ICMP6, bytes))
  return ip(header, family === 4 ? NEXT.ICMP : NEXT.ICMP6, bytes)
}

/** What an error quotes of a packet: all that fits in `bytes`, or of IPv4 the header and 8 bytes by default. */
export function quoteOf(
  packet: Uint8Array,
  bytes = packet[0]! >> 4 === 4 ? (packet[0]! & 15) * 4 + 8 : 1232,
): Uint8Array {
  return packet.subarray(0, bytes)
}

/** An error about a packet, from whoever could not deliver it to whoever sent it. */
export function icmpError(
  kind: Exclude<IcmpKind, 'echo'>,
  from: Address,
  to: Address,
  about: Uint8Array,
  more: { rest?: number; quote?: number } & Partial<IpHeader> = {},
): Uint8Array {
  const { quote, ...fields } = more
  const data = quoteOf(about, quote)
  // A redirect of IPv6 has target, destination and options before what it quotes (RFC 4861 4.5, 4.6.3).
  if (kind !== 'redirect' || familyOf(from) === 4) return icmp({ kind, source: from, destination: to, data, ...fields })
  const padded = concat(data, new Uint8Array(-data.length & 7))
  const option = concat(pack([1, 4], [1, padded.length / 8 + 1], [2, 0], [4, 0]), padded)
  return icmp({ kind, source: from, destination: to, data: concat(new Uint8Array(32), option), ...fields })
}
