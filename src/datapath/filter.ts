// SPDX-License-Identifier: Apache-2.0
import { type Family, foldAddress } from '../base/address.ts'
import { decode, encodeU32 } from './codec.ts'
import { enums } from './layout.gen.ts'

const { FILTER_BITS, FILTER_LINE_BITS, FILTER_SECOND_SHIFT } = enums.filter_shape
const { FILTER_MULTIPLIER, FILTER_MIXER, PORT_MULTIPLIER } = enums.filter_hash

/** The loopback addresses on which node ports answer. */
export const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const

/** What stands for a node port on loopback where other addresses are folded. */
export function foldLoopback(family: Family, port: number): number {
  return foldAddress(LOOPBACK[family]) ^ port
}

/** What stands for a destination in `port_filter`, from its address's fold; `protocol` is the IANA number: abi.h. */
export function foldPort(fold: number, port: number, protocol: number): number {
  return (fold ^ Math.imul((port << 8) | protocol, PORT_MULTIPLIER)) >>> 0
}

/** The numbers of the two bits of a folded address in the Bloom filter, which may be one: abi.h, address_filter. */
export function filterBits(fold: number): [first: number, second: number] {
  const x = Math.imul(fold, FILTER_MULTIPLIER)
  const hash = Math.imul(x ^ (x >>> 15), FILTER_MIXER)
  const first = hash >>> (32 - FILTER_BITS)
  return [first, (first & ~63) | ((hash >>> FILTER_SECOND_SHIFT) & 63)]
}

/** Has a filter, by its lines, both bits of a folded address? */
export function filterHas(lines: ReadonlyMap<string, string>, fold: number): boolean {
  const [first, second] = filterBits(fold)
  const line = lines.get(encodeU32(first >>> FILTER_LINE_BITS))
  if (line === undefined) return false
  const word = decode('filter_line', line).words[(first >>> 6) & 7]!
  return ((word >> BigInt(first & 63)) & (word >> BigInt(second & 63)) & 1n) === 1n
}

/** The bits of both: what a filter must hold while the maps are between two images. */
export function unionOfLines(a: string, b: string): string {
  const x = Buffer.from(a, 'latin1')
  const y = Buffer.from(b, 'latin1')
  for (let i = 0; i < x.length; i++) x[i]! |= y[i]!
  return x.toString('latin1')
}
