// SPDX-License-Identifier: Apache-2.0
import type { Span } from '../base/place.ts'

/** A YAML document, split where that can be seen from the begin of its lines. */
export interface YamlDocument extends Span {
  /** The entries of a top-level `items:` in block style; each is a YAML text by itself. */
  items?: Span[]
}

const NEWLINE = 0x0a
const SPACE = 0x20
const DASH = 0x2d
const DOT = 0x2e
const HASH = 0x23
const PERCENT = 0x25

/** Documents begin and end at `---` and `...` in column 1, which nothing inside a document can contain (YAML 1.2, 9.1.2). */
export function splitDocuments(bytes: Uint8Array): Span[] {
  const documents: Span[] = []
  let start = 0
  for (let at = 0; at < bytes.length; at = nextLine(bytes, at)) {
    const ends = isMarker(bytes, at, DOT)
    if (!ends && !isMarker(bytes, at, DASH)) continue
    if (at > start) documents.push({ start, end: at })
    start = ends ? nextLine(bytes, at) : at
  }
  if (start < bytes.length) documents.push({ start, end: bytes.length })
  return documents
}

/**
 * Finds the entries of `items:`, as kubectl prints a list: lines that begin with `- ` at the list's own indentation.
 * Everything else inside an entry is indented deeper, block scalars and folded strings too.
 */
export function splitItems(bytes: Uint8Array, document: Span): YamlDocument {
  let list = document.start
  while (list < document.end && !isItemsLine(bytes, list, document.end)) list = nextLine(bytes, list)
  if (list >= document.end) return document
  const items: Span[] = []
  let indent = -1
  let at = nextLine(bytes, list)
  for (; at < document.end; at = nextLine(bytes, at)) {
    const column = firstColumn(bytes, at, document.end)
    if (column < 0 || bytes[at + column] === HASH) continue
    const dash = bytes[at + column] === DASH && isBlankAt(bytes, at + column + 1)
    if (indent < 0 && dash) indent = column
    if (column < indent || indent < 0 || (column === indent && !dash)) break
    if (column !== indent) continue
    if (items.length > 0) items.at(-1)!.end = at
    items.push({ start: at, end: at })
  }
  if (items.length === 0) return document
  items.at(-1)!.end = Math.min(at, document.end)
  return { ...document, items }
}

/** The offset of the first character that is neither white space, comment, directive nor document marker, or `end`. */
export function skipBlank(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at = nextLine(bytes, at)) {
    if (bytes[at] === PERCENT) continue
    const from = at === start && isMarker(bytes, at, DASH) ? at + 3 : at
    const column = firstColumn(bytes, from, end)
    if (column >= 0 && bytes[from + column] !== HASH) return from + column
  }
  return end
}

function nextLine(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at)
  return newline < 0 ? bytes.length : newline + 1
}

function isMarker(bytes: Uint8Array, at: number, byte: number): boolean {
  return bytes[at] === byte && bytes[at + 1] === byte && bytes[at + 2] === byte && isBlankAt(bytes, at + 3)
}

function isBlankAt(bytes: Uint8Array, at: number): boolean {
  const c = bytes[at]
  return c === undefined || c === SPACE || c === NEWLINE || c === 0x09 || c === 0x0d
}

/** How many spaces a line begins with, or -1 when it is blank. */
function firstColumn(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  while (i < end && bytes[i] === SPACE) i++
  let text = i
  while (text < end && bytes[text] !== NEWLINE && isBlankAt(bytes, text)) text++
  return text >= end || bytes[text] === NEWLINE ? -1 : i - at
}

const ITEMS = Buffer.from('items:')

function isItemsLine(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== ITEMS[0] || !ITEMS.every((byte, i) => bytes[at + i] === byte)) return false
  const rest = firstColumn(bytes, at + ITEMS.length, end)
  return rest < 0 || (rest > 0 && bytes[at + ITEMS.length + rest] === HASH)
}
