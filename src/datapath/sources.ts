// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'
import { decode, encode } from './codec.ts'
import type { Image } from './image.ts'
import { SET_BITS, splitSet } from './range-set.ts'

const ADDRESS_BITS = 128

/** The twin of bpf/source_ranges.h: may a source send to a frontend with this set of source ranges? Set 0 is open to all. */
export function isAdmitted(image: Image, set: bigint, source: Address): boolean {
  if (set === 0n) return true
  for (let prefix = ADDRESS_BITS; prefix >= 0; prefix--) {
    const value = image.source_ranges.get(rangeKey(set, prefix, source))
    if (value !== undefined) return decode('range', value).verdict === set
  }
  return false
}

/** The key of the range of this prefix (in 128 bits) that would hold the address. */
function rangeKey(set: bigint, prefix: number, address: Address): string {
  const key = encode('range_key', {
    prefix_length: SET_BITS + prefix,
    ...splitSet(set),
    address,
  })
  const head = key.length - ADDRESS_BITS / 8
  return key.slice(0, head) + masked(key.slice(head), prefix)
}

function masked(bytes: string, prefix: number): string {
  return Array.from(bytes, (byte, i) => {
    const bits = Math.min(8, Math.max(0, prefix - i * 8))
    return String.fromCharCode(byte.charCodeAt(0) & (0xff00 >> bits))
  }).join('')
}
