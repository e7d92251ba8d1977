import { encode, encodeU32 } from '../datapath/codec.ts'
import { filterBit } from '../datapath/filter.ts'
import { enums } from '../datapath/layout.gen.ts'

const LINE_BITS = 1 << enums.filter_shape.FILTER_LINE_BITS

/** The address filter as a sum: a bit is set as long as some address needs it. */
export class FilterSum {
  /** Users of each bit, by line. */
  readonly #lines = new Map<number, Uint32Array>()
  #changed = new Set<number>()

  /** Counts a folded address. */
  add(fold: number): void {
    const bit = filterBit(fold)
    const line = Math.trunc(bit / LINE_BITS)
    const users = this.#lines.get(line) ?? new Uint32Array(LINE_BITS)
    this.#lines.set(line, users)
    if (users[bit % LINE_BITS]!++ === 0) this.#changed.add(line)
  }

  /** Counts one less. */
  remove(fold: number): void {
    const bit = filterBit(fold)
    const line = Math.trunc(bit / LINE_BITS)
    if (--this.#lines.get(line)![bit % LINE_BITS]! === 0) this.#changed.add(line)
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
    for (let bit = 0; bit < LINE_BITS; bit++) {
      if (users[bit] === 0) continue
      words[bit >>> 6]! |= 1n << BigInt(bit & 63)
      isEmpty = false
    }
    if (!isEmpty) return encode('filter_line', { words })
    this.#lines.delete(line)
    return undefined
  }
}
