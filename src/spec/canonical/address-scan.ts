// SPDX-License-Identifier: Apache-2.0
/**
 * Recognises addresses that are canonical already and tells their order, by a scan that makes nothing: a big spec has
 * a hundred thousand of them.
 */
export class AddressScan {
  /** How the last address stands to the one before it, as byAddress has it: positive when it comes after. */
  order = 1
  /** The number of an address in three parts; IPv4 has the first part -1, so it comes before IPv6. */
  #high = FIRST
  #middle = 0
  #low = 0
  readonly #groups = new Uint16Array(8)

  /** Forgets the address before: the next one is the first of a list. */
  restart(): void {
    this.#high = FIRST
  }

  get isIPv4(): boolean {
    return this.#high === -1
  }

  /** Whether all of a text is a canonical address. */
  take(text: string): boolean {
    return this.read(text, 0) === text.length
  }

  /** Where the canonical address ends that starts at `start`: at the first character that cannot be of it. -1 when there is none. */
  read(text: string, start: number): number {
    const end = this.#readIPv4(text, start)
    return end !== NONE ? end : this.#readIPv6(text, start)
  }

  #enter(high: number, middle: number, low: number): void {
    this.order = high - this.#high || middle - this.#middle || low - this.#low
    this.#high = high
    this.#middle = middle
    this.#low = low
  }

  /** Four octets without leading zeros. */
  #readIPv4(text: string, start: number): number {
    let at = start
    let value = 0
    for (let octets = 0; octets < 4; octets++) {
      if (octets > 0 && text.charCodeAt(at++) !== DOT) return NONE
      const from = at
      let octet = 0
      for (let c = text.charCodeAt(at); c >= 48 && c <= 57; c = text.charCodeAt(++at)) octet = octet * 10 + c - 48
      const length = at - from
      if (length === 0 || octet > 255 || (length > 1 && text.charCodeAt(from) === 48)) return NONE
      value = value * 256 + octet
    }
    this.#enter(-1, 0, value)
    return at
  }

  /** RFC 5952: lower case, no leading zeros, `::` for the first longest run of two or more zero groups. */
  #readIPv6(text: string, start: number): number {
    const groups = this.#groups
    let at = start
    let count = 0
    let gap = -1
    if (text.startsWith('::', at)) {
      gap = 0
      at += 2
    }
    for (;;) {
      const from = at
      let group = 0
      for (let digit = hex(text.charCodeAt(at)); digit >= 0; digit = hex(text.charCodeAt(++at)))
        group = group * 16 + digit
      const length = at - from
      if (length === 0 && gap === count) break
      if (length === 0 || length > 4 || count === 8 || (length > 1 && text.charCodeAt(from) === 48)) return NONE
      groups[count++] = group
      if (text.charCodeAt(at) !== COLON) break
      at++
      if (text.charCodeAt(at) !== COLON) continue
      if (gap >= 0) return NONE
      gap = count
      at++
    }
    if (!open(groups, count, gap)) return NONE
    this.#enter(part(groups, 0), part(groups, 3), groups[6]! * 65536 + groups[7]!)
    return at
  }
}

const NONE = -1
const FIRST = -2
const DOT = 46
const COLON = 58

function hex(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  return c >= 97 && c <= 102 ? c - 87 : -1
}

function part(groups: Uint16Array, i: number): number {
  return (groups[i]! * 65536 + groups[i + 1]!) * 65536 + groups[i + 2]!
}

/**
 * Puts zeros in the gap (-1: none) of `count` groups. False when the canonical text has another gap, or is that of an
 * IPv4 address (::ffff:a.b.c.d).
 */
function open(groups: Uint16Array, count: number, gap: number): boolean {
  const zeros = 8 - count
  if (gap < 0) return zeros === 0 && longestRun(groups) < 0
  if (zeros < 2) return false
  const end = gap + zeros
  groups.copyWithin(end, gap, count)
  groups.fill(0, gap, end)
  const isMapped = gap === 0 && zeros === 5 && groups[5] === 0xffff
  return longestRun(groups) === gap && groups[end] !== 0 && !isMapped
}

/** Where the first longest run of two or more zero groups starts; -1 when there is none. */
function longestRun(groups: Uint16Array): number {
  let best = -1
  let bestLength = 1
  let length = 0
  for (let i = 0; i < 8; i++) {
    length = groups[i] === 0 ? length + 1 : 0
    if (length <= bestLength) continue
    bestLength = length
    best = i + 1 - length
  }
  return best
}
