// SPDX-License-Identifier: Apache-2.0
import { familyOf, parseCidr } from '../base/address.ts'
import { rangeVerdict } from '../datapath/check.ts'
import { encode } from '../datapath/codec.ts'
import { rangeSetId } from '../datapath/identity.ts'
import { SET_BITS, splitSet } from '../datapath/range-set.ts'
import type { Entry } from './entry.ts'

/** The entries of a set of canonical CIDRs, with the element that denies all others; none for the empty set. */
export function rangeEntries(cidrs: readonly string[]): Entry[] {
  const set = rangeSetId(cidrs)
  if (set === 0n) return []
  const allowed = cidrs.map(text => {
    const { address, prefix } = parseCidr(text)!
    return rangeEntry(set, (familyOf(address) === 4 ? 96 : 0) + prefix, address, true)
  })
  const denyAll = rangeEntry(set, 0, '::', false)
  // A set with ::/0 allows all of IPv6, so it has no element that denies.
  return allowed.some(({ key }) => key === denyAll.key) ? allowed : [denyAll, ...allowed]
}

/** `prefix` counts in 128 bits. */
function rangeEntry(set: bigint, prefix: number, address: string, allows: boolean): Entry {
  const key = encode('range_key', {
    prefix_length: SET_BITS + prefix,
    ...splitSet(set),
    address,
  })
  return { map: 'source_ranges', key, value: encode('range', { verdict: rangeVerdict(set, allows) }) }
}
