// SPDX-License-Identifier: Apache-2.0
import { type Family, foldAddress } from '../base/address.ts'
import { enums } from './layout.gen.ts'

const { FILTER_BITS } = enums.filter_shape

/** The loopback addresses on which node ports answer. */
export const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const

/** What stands for a node port on loopback where other addresses are folded. */
export function foldLoopback(family: Family, port: number): number {
  return foldAddress(LOOPBACK[family]) ^ port
}

/** What stands for a destination in `port_filter`, from its address's fold; `protocol` is the IANA number: abi.h. */
export function foldPort(fold: number, port: number, protocol: number): number {
  return (fold ^ Math.imul((port << 8) | protocol, enums.filter_hash.PORT_MULTIPLIER)) >>> 0
}

/** The bit of a folded address in the Bloom filter: abi.h, address_filter. */
export function filterBit(fold: number): number {
  return Math.imul(fold, enums.filter_hash.FILTER_MULTIPLIER) >>> (32 - FILTER_BITS)
}

/** The bits of both: what a filter must hold while the maps are between two images. */
export function unionOfLines(a: string, b: string): string {
  const x = Buffer.from(a, 'latin1')
  const y = Buffer.from(b, 'latin1')
  for (let i = 0; i < x.length; i++) x[i]! |= y[i]!
  return x.toString('latin1')
}
