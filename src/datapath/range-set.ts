// SPDX-License-Identifier: Apache-2.0
import type { StructValue } from './codec.ts'

/** The id of a set of source ranges, as a key of `source_ranges` holds it: the bits before the address. */
type SetFields = Pick<StructValue<'range_key'>, 'set_high' | 'set_low'>

/** Bits of the set id in a prefix length. */
export const SET_BITS = 64

export function splitSet(set: bigint): SetFields {
  return { set_high: Number(set >> 32n), set_low: Number(set & 0xffff_ffffn) }
}

export function joinSet({ set_high, set_low }: SetFields): bigint {
  return (BigInt(set_high) << 32n) | BigInt(set_low)
}
