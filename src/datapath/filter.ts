import { type Family, foldAddress } from '../base/address.ts'
import { encode, encodeU32 } from './codec.ts'
import type { Entries } from './image.ts'
import { enums } from './layout.gen.ts'

const { FILTER_BITS, FILTER_LINE_BITS } = enums.filter_shape
const LINE_BYTES = 1 << (FILTER_LINE_BITS - 3)

/** The loopback addresses on which node ports answer. */
export const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const

/** What stands for a node port on loopback where other addresses are folded. */
export function foldLoopback(family: Family, port: number): number {
  return foldAddress(LOOPBACK[family]) ^ port
}

/** The bit of a folded address in the Bloom filter: abi.h, address_filter. */
export function filterBit(fold: number): number {
  return Math.imul(fold, enums.filter_hash.FILTER_MULTIPLIER) >>> (32 - FILTER_BITS)
}

/** The filter's lines for folded addresses; lines without a bit are absent. */
export function buildFilter(folds: Iterable<number>): Entries {
  const lines = new Map<number, bigint[]>()
  for (const fold of folds) {
    const bit = filterBit(fold)
    const line = bit >>> FILTER_LINE_BITS
    const words = lines.get(line) ?? Array<bigint>(LINE_BYTES / 8).fill(0n)
    lines.set(line, words)
    words[(bit >>> 6) & 7]! |= 1n << BigInt(bit & 63)
  }
  const entries: Entries = new Map()
  for (const [line, words] of [...lines].sort((a, b) => a[0] - b[0])) {
    entries.set(encodeU32(line), encode('filter_line', { words }))
  }
  return entries
}

/** The bits of both: what a filter must hold while the maps are between two images. */
export function unionOfLines(a: string, b: string): string {
  const x = Buffer.from(a, 'latin1')
  const y = Buffer.from(b, 'latin1')
  for (let i = 0; i < x.length; i++) x[i]! |= y[i]!
  return x.toString('latin1')
}
