// SPDX-License-Identifier: Apache-2.0
/**
 * IPv6 text (RFC 4291, 2.2) and its canonical form (RFC 5952). Written out because a big cluster has hundreds of
 * thousands of addresses and libraries take microseconds for each; test/base holds it to one.
 */

/** The eight 16-bit groups of an IPv6 address, or undefined. Zones (`%eth0`) are not addresses here. */
export function parseGroups(text: string): number[] | undefined {
  if (text.length > 45) return undefined
  const gap = text.indexOf('::')
  if (gap < 0) return exactly(8, readGroups(text))
  if (text.indexOf('::', gap + 1) >= 0) return undefined
  const head = gap === 0 ? [] : readGroups(text.slice(0, gap), false)
  const tail = gap + 2 === text.length ? [] : readGroups(text.slice(gap + 2))
  if (!head || !tail || head.length + tail.length > 7) return undefined
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function exactly(count: number, groups: number[] | undefined): number[] | undefined {
  return groups?.length === count ? groups : undefined
}

/** Groups between colons; the last may be a dotted quad where `quadAllowed`. */
function readGroups(text: string, quadAllowed = true): number[] | undefined {
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (quadAllowed && i === parts.length - 1 && part.includes('.')) {
      const quad = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(part)?.slice(1).map(Number)
      if (!quad?.every(octet => octet <= 255)) return undefined
      groups.push(quad[0]! * 256 + quad[1]!, quad[2]! * 256 + quad[3]!)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
export function formatGroups(groups: ArrayLike<number>): string {
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > bestLength) {
      best = i
      bestLength = end - i
    }
    if (end > i) i = end
  }
  let text = ''
  for (let i = 0; i < 8; i++) {
    if (i === best) {
      text += '::'
      i += bestLength - 1
    } else {
      text += (text === '' || text.endsWith(':') ? '' : ':') + groups[i]!.toString(16)
    }
  }
  return text
}

/** ::ffff:a.b.c.d */
export function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every(group => group === 0)
}
