// SPDX-License-Identifier: Apache-2.0
import { encode, encodeU32 } from '../datapath/codec.ts'
import { filterBits } from '../datapath/filter.ts'
import { enums } from '../datapath/layout.gen.ts'

const { FILTER_LINE_BITS } = enums.filter_shape
const LINE_BITS = 1 << FILTER_LINE_BITS

/** A Bloom filter as a sum: a bit is set as long as something folded needs it. */
export class FilterSum {
  /** How often each bit is needed, by line. Lines without a bit are absent, so that a small image costs little. */
  readonly #lines = new Map<number, Uint32Array>()
  #changed = new Set<number>()

  /** Counts a folded address, or what else was folded. */
  add(fold: number): void {
    const bits = filterBits(fold)
    const line = bits[0] >>> FILTER_LINE_BITS
    const users = this.#lines.get(line) ?? new Uint32Array(LINE_BITS)
    this.#lines.set(line, users)
    for (const bit of bits) if (users[bit % LINE_BITS]!++ === 0) this.#changed.add(line)
  }

  /** Counts one less. */
  remove(fold: number): void {
    const bits = filterBits(fold)
    const line = bits[0] >>> FILTER_LINE_BITS
    for (const bit of bits) if (--this.#lines.get(line)![bit % LINE_BITS]! === 0) this.#changed.add(line)
  }

  /** The entries of the lines that changed since this was last asked; undefined for a line without a bit. */
  takeChanged(): [key: string, value: string | undefined][] {
    const changed = [...this.#changed].map((line): [string, string | undefined] => [
      encodeU32(line),
      this.#valueOf(line),
    ])
    this.#changed = new Set()
    return changed
  }

  #valueOf(line: number): string | undefined {
    const users = this.#lines.get(line)!
    const words = Array<bigint>(LINE_BITS / 64).fill(0n)
    let isEmpty = true
    for (let i = 0; i < LINE_BITS; i++) {
      if (users[i] === 0) continue
      words[i >>> 6]! |= 1n << BigInt(i & 63)
      isEmpty = false
    }
    if (!isEmpty) return encode('filter_line', { words })
    this.#lines.delete(line)
    return undefined
  }
}
