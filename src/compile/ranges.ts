import { familyOf, parseCidr } from '../base/address.ts'
import { encode } from '../image/codec.ts'
import { rangeSetId } from '../image/identity.ts'
import type { Image } from '../image/image.ts'
import { PRESENT } from './blocks.ts'

/** Bits of the set id that stand before the address in a key of `source_ranges`. */
const SET_BITS = 64

/** Writes a set of canonical CIDRs into `source_ranges`; returns its id, 0 for the empty set. */
export function addRanges(image: Image, cidrs: readonly string[]): bigint {
  const set = rangeSetId(cidrs)
  for (const text of cidrs) {
    const { address, prefix } = parseCidr(text)!
    const mapped = familyOf(address) === 4 ? 96 : 0
    const key = encode('range_key', {
      prefix_length: SET_BITS + mapped + prefix,
      set_high: Number(set >> 32n),
      set_low: Number(set & 0xffff_ffffn),
      address,
    })
    image.source_ranges.set(key, PRESENT)
  }
  return set
}
