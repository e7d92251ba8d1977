// SPDX-License-Identifier: Apache-2.0
import { byCidr, type Family, familyOf, isInRange, parseCidr } from '../../base/address.ts'

/** Source ranges of one family: which of them are left, or that none is, so that no client is admitted. */
type Met = readonly string[] | 'closed'

/**
 * The clients that two lists of source ranges both admit. An empty list admits all. Ranges are nested or disjoint, so the
 * ranges that both admit are those of one list that lie in a range of the other.
 */
export function meetRanges(a: readonly string[], b: readonly string[], family: Family): Met {
  const [one, other] = [ofFamily(a, family), ofFamily(b, family)]
  if (one.length === 0) return other
  if (other.length === 0) return one
  const both = [...inside(one, other), ...inside(other, one)]
  return both.length === 0 ? 'closed' : [...new Set(both)].sort(byCidr)
}

function ofFamily(ranges: readonly string[], family: Family): string[] {
  return ranges.filter(range => familyOf(parseCidr(range)!.address) === family)
}

function inside(inner: readonly string[], outer: readonly string[]): string[] {
  return inner.filter(range => outer.some(other => isWithin(range, other)))
}

function isWithin(range: string, other: string): boolean {
  const [a, b] = [parseCidr(range)!, parseCidr(other)!]
  return a.prefix >= b.prefix && isInRange(a.address, other)
}
