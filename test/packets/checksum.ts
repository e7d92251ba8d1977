// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../src/base/address.ts'
import { addressBytes, concat, pack, u16 } from './bytes.ts'

/** The Internet checksum of RFC 1071. Over bytes that hold a right checksum it is 0. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += at + 1 < bytes.length ? u16(bytes, at) : bytes[at]! << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536)
  return ~sum & 0xffff
}

/** The checksum of a transport header and its data, with the pseudo header of its family (RFC 9293, RFC 8200 8.1). */
export function transportChecksum(
  source: Address,
  destination: Address,
  protocol: number,
  segment: Uint8Array,
): number {
  const pseudo = pack([4, segment.length], [4, protocol])
  return checksum(concat(addressBytes(source), addressBytes(destination), pseudo, segment))
}
