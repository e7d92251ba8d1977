// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../src/base/address.ts'
import { u16 } from './bytes.ts'
import { checksum, transportChecksum } from './checksum.ts'
import { ICMP_KINDS } from './icmp.ts'
import { NEXT } from './ip.ts'
import { type ParsedIp, parseIp } from './parse-ip.ts'

/** `quoted`: in the packet that an ICMP error quotes. */
export type ChecksumError = `${'' | 'quoted '}${'ip' | 'tcp' | 'udp' | 'icmp'}`

/**
 * The checksums of a raw IP packet that are wrong, those in the packet that an ICMP error quotes included. A transport
 * checksum is left out where the bytes are not all there: in a fragment, and in a quote that is cut off.
 */
export function wrongChecksums(bytes: Uint8Array): ChecksumError[] {
  const ip = parseIp(bytes)
  if (!ip) return []
  const isV4 = familyOf(ip.source) === 4
  const header = isV4 && checksum(bytes.subarray(0, ip.at)) !== 0 ? (['ip'] as const) : []
  if (ip.fragment || ip.payload.length < ip.length) return [...header]
  const { protocol } = ip
  const isIcmp = protocol === (isV4 ? NEXT.ICMP : NEXT.ICMP6)
  if (isIcmp) return [...header, ...(isRightIcmp(ip) ? [] : (['icmp'] as const)), ...inQuote(ip)]
  if (protocol === NEXT.TCP && pseudo(ip) !== 0) return [...header, 'tcp']
  // Zero says that there is none, which only IPv4 allows.
  if (protocol === NEXT.UDP && (u16(ip.payload, 6) === 0 ? !isV4 : pseudo(ip) !== 0)) return [...header, 'udp']
  return [...header]
}

function pseudo({ source, destination, protocol, payload }: ParsedIp): number {
  return transportChecksum(source, destination, protocol, payload)
}

function isRightIcmp(ip: ParsedIp): boolean {
  return (familyOf(ip.source) === 4 ? checksum(ip.payload) : pseudo(ip)) === 0
}

function inQuote({ source, payload }: ParsedIp): ChecksumError[] {
  const isV4 = familyOf(source) === 4
  const type = payload[0]!
  if (isV4 ? ![3, 5, 11, 12].includes(type) : type >= 128 && type !== ICMP_KINDS[6].redirect[0]) return []
  const at = !isV4 && type === ICMP_KINDS[6].redirect[0] ? 48 : 8
  return wrongChecksums(payload.subarray(at)).map(error => `quoted ${error}` as ChecksumError)
}
