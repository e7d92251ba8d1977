// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf, writeAddress, writeQuad } from '../../src/base/address.ts'

/** Numbers in wire order, the width of each in bytes: `pack([2, port], [4, sequence])`. */
export function pack(...fields: readonly (readonly [1 | 2 | 4, number])[]): Uint8Array {
  const bytes: number[] = []
  for (const [width, value] of fields)
    for (let shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes.push((value >>> shift) & 0xff)
  return Uint8Array.from(bytes)
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The 4 or 16 bytes of an address as a header has them. */
export function addressBytes(address: Address): Uint8Array {
  const bytes = new Uint8Array(familyOf(address) === 4 ? 4 : 16)
  if (bytes.length === 4) writeQuad(address, bytes, 0)
  else writeAddress(address, bytes, 0)
  return bytes
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 65536 + u16(bytes, at + 2)
}

export function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value & 0xff
}
