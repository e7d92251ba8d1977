import { encode, encodeU32 } from '../datapath/codec.ts'
import { filterBit } from '../datapath/filter.ts'
import { enums } from '../datapath/layout.gen.ts'

const { FILTER_BITS, FILTER_LINE_BITS } = enums.filter_shape
const LINE_BITS = 1 << FILTER_LINE_BITS

/** The address filter as a sum: a bit is set as long as some address needs it. */
export class FilterSum {
  /** How many addresses need each bit. */
  readonly #users = new Uint32Array(1 << FILTER_BITS)
  #changed = new Set<number>()

  /** Counts a folded address. */
  add(fold: number): void {
    const bit = filterBit(fold)
    if (this.#users[bit]!++ === 0) this.#changed.add(bit >>> FILTER_LINE_BITS)
  }

  /** Counts one less. */
  remove(fold: number): void {
    const bit = filterBit(fold)
    if (--this.#users[bit]! === 0) this.#changed.add(bit >>> FILTER_LINE_BITS)
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
    const words = Array<bigint>(LINE_BITS / 64).fill(0n)
    let isEmpty = true
    for (let i = 0; i < LINE_BITS; i++) {
      if (this.#users[line * LINE_BITS + i] === 0) continue
      words[i >>> 6]! |= 1n << BigInt(i & 63)
      isEmpty = false
    }
    return isEmpty ? undefined : encode('filter_line', { words })
  }
}
