// SPDX-License-Identifier: Apache-2.0
import type { Span } from '../base/place.ts'

/** One top-level JSON value and, when it is a list, where its elements are. */
interface JsonValue extends Span {
  /** The elements of an array, or of the `items` array of an object. */
  elements?: Span[]
  /** The inside of that array's brackets. */
  inside?: Span
}

/** What keeps the bytes from being JSON, and at which offset. */
export interface JsonProblem {
  message: string
  at: number
  hint?: string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b
const CLOSE_BRACKET = 0x5d
const CLOSE_BRACE = 0x7d
const COMMA = 0x2c

/**
 * Finds the boundaries of one JSON value that begins at `start` with a bracket, and of the elements of a Kubernetes list
 * in it, in one pass and without building anything: an export of 85 MB must not become a tree. What is between the
 * boundaries is checked when it is parsed.
 */
export function scanJson(bytes: Uint8Array, start: number, end: number): JsonValue | JsonProblem {
  const isArray = bytes[start] === OPEN_BRACKET
  let depth = 0
  let listDepth = isArray ? 1 : -1
  let insideStart = isArray ? start + 1 : -1
  let elementStart = -1
  let textStart = -1
  const elements: Span[] = []
  let inside: Span | undefined
  for (let i = start; i < end; i++) {
    const c = bytes[i]!
    if (c <= 0x20) continue
    if (c === QUOTE) {
      const from = i++
      while (i < end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1
      if (depth === 1) textStart = from
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (depth === listDepth) elementStart = i
      else if (depth === 1 && c === OPEN_BRACKET && !isArray && !inside && isItems(bytes, textStart)) {
        listDepth = 2
        insideStart = i + 1
      }
      depth++
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      depth--
      if (depth === listDepth) elements.push({ start: elementStart, end: i + 1 })
      else if (depth === listDepth - 1 && insideStart >= 0) {
        inside = { start: insideStart, end: i }
        listDepth = -1
        insideStart = -1
      }
      if (depth === 0) return inside ? { start, end: i + 1, elements, inside } : { start, end: i + 1 }
    }
  }
  return {
    message: 'the JSON ends in the middle of a value',
    at: end - 1,
    hint: 'the export was cut off; write it again',
  }
}

const ITEMS = Buffer.from('"items"')

/** Whether the string at `at` is "items". */
function isItems(bytes: Uint8Array, at: number): boolean {
  return at >= 0 && ITEMS.every((byte, i) => bytes[at + i] === byte)
}

/** Between the elements of an array there must be commas, and nothing else. */
export function checkGaps(bytes: Uint8Array, inside: Span, elements: readonly Span[]): JsonProblem | undefined {
  let from = inside.start
  for (let n = 0; n <= elements.length; n++) {
    const to = n < elements.length ? elements[n]!.start : inside.end
    let commas = 0
    for (let i = from; i < to; i++) {
      const c = bytes[i]!
      if (c === COMMA) commas++
      else if (c > 0x20) return { message: 'here should be an object', at: i }
    }
    if (commas !== (n === 0 || n === elements.length ? 0 : 1)) {
      return { message: commas === 0 ? 'a comma is missing before this' : 'here is a comma too many', at: to }
    }
    if (n < elements.length) from = elements[n]!.end
  }
  return undefined
}
