import { familyOf, parseCidr } from '../base/address.ts'
import { encode } from '../datapath/codec.ts'
import { rangeSetId } from '../datapath/identity.ts'
import type { Image } from '../datapath/image.ts'

/** Bits of the set id that stand before the address in a key of `source_ranges`. */
const SET_BITS = 64

/**
 * Writes a set of canonical CIDRs into `source_ranges`, with the element that denies all others; returns its id, 0 for
 * the empty set.
 */
export function addRanges(image: Image, cidrs: readonly string[]): bigint {
  const set = rangeSetId(cidrs)
  if (set === 0n) return set
  addRange(image, set, 0, '::', 0)
  for (const text of cidrs) {
    const { address, prefix } = parseCidr(text)!
    addRange(image, set, (familyOf(address) === 4 ? 96 : 0) + prefix, address, 1)
  }
  return set
}

/** `prefix` counts in 128 bits. A set with 0.0.0.0/0 or ::/0 allows all of that family. */
function addRange(image: Image, set: bigint, prefix: number, address: string, allows: 0 | 1): void {
  const key = encode('range_key', {
    prefix_length: SET_BITS + prefix,
    set_high: Number(set >> 32n),
    set_low: Number(set & 0xffff_ffffn),
    address,
  })
  image.source_ranges.set(key, encode('range', { guard_set: set, allows }))
}
