import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import { type Diagnostic, error, type Place } from './diagnostic.ts'

export interface LocateOptions {
  /** Point at the last key of the path, not at its value. */
  key?: boolean
  /** Point this many characters into the text of the scalar. */
  offset?: number
  /** How many characters to underline; what is left of the value's first line when absent. */
  length?: number
  /** Lines of the file before this text. */
  lineOffset?: number
}

/**
 * Where a value of a YAML or JSON text stands. A path that leads nowhere gives the place of the nearest thing on the way.
 * Never throws. Costs a full parse for the first call on a text and little for the next ones on the same text, so call it
 * for mistakes only.
 */
export function locate(text: string, file: string, path: (string | number)[], options: LocateOptions = {}): Place {
  const parsed = parse(text)
  const found = parsed.document && find(parsed.document, path, options.key === true)
  if (!found) return { file }
  const inner = options.offset === undefined ? 0 : innerOffset(text, found, options.offset)
  const start = Math.min(found.start + inner, found.end)
  return placeAt(text, file, start, options.length ?? found.end - start, parsed.lines, options.lineOffset)
}

/**
 * What keeps a text from being one YAML document: yaml-syntax or duplicate-key, without their echoes, or only one
 * many-documents or truncated-document, which are the cause of all else. Empty when the text is fine.
 */
export function syntaxErrors(text: string, file: string, options: { lineOffset?: number } = {}): Diagnostic[] {
  const { document, lines } = parse(text)
  if (!document) return [error('yaml-syntax', TOO_DEEP, { place: { file } })]
  const end = text.trimEnd().length
  const many = document.errors.find(e => e.code === 'MULTIPLE_DOCS')
  const cut = document.errors.find(e => e.pos[0] >= end || (e.code === 'MISSING_CHAR' && e.pos[1] >= end))
  const deep = document.errors.find(e => e.code === 'RESOURCE_EXHAUSTION')
  const cause = many ?? deep ?? cut
  const found: Diagnostic[] = []
  for (const e of cause ? [cause] : document.errors) {
    const start = e === cut ? Math.max(0, end - 1) : e.pos[0]
    const place = placeAt(text, file, start, e.pos[1] - start, lines, options.lineOffset)
    const diagnostic = diagnosticOf(e, text, place, e === cut)
    if (!isEcho(found.at(-1), diagnostic)) found.push(diagnostic)
  }
  return found
}

/** Whether a mistake comes of the one before it: it is on the same line, or it says the same a few lines on. */
function isEcho(last: Diagnostic | undefined, next: Diagnostic): boolean {
  const distance = (next.place?.line ?? 0) - (last?.place?.line ?? Number.NEGATIVE_INFINITY)
  return distance === 0 || (distance < ECHO_LINES && next.code === 'yaml-syntax' && last?.message === next.message)
}

const ECHO_LINES = 20
const TOO_DEEP = 'this is nested too deeply to be read'

function diagnosticOf(e: YAMLError, text: string, place: Place, isCut: boolean): Diagnostic {
  if (e.code === 'RESOURCE_EXHAUSTION') return error('yaml-syntax', TOO_DEEP, { place })
  if (isCut)
    return error('truncated-document', 'the document ends in the middle of a value', {
      hint: 'is the file complete?',
      place,
    })
  if (e.code === 'MULTIPLE_DOCS') return error('many-documents', 'a second document starts here', { place })
  if (e.code === 'DUPLICATE_KEY') return error('duplicate-key', `${keyAt(text, e.pos[0])} is here twice`, { place })
  return error('yaml-syntax', sentence(e.message), { place })
}

/** The place of a character of a text. */
export function placeAt(
  text: string,
  file: string,
  offset: number,
  length = 1,
  lines = parse(text).lines,
  lineOffset = 0,
): Place {
  const at = Math.max(0, Math.min(offset, text.length))
  const { line, col } = lines.lineStarts.length === 0 ? { line: 1, col: at + 1 } : lines.linePos(at)
  const start = at - col + 1
  const end = text.indexOf('\n', start)
  const source = text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '')
  const underlined = Math.max(1, Math.min(length, source.length - col + 1))
  return { file, line: line + lineOffset, column: col, source, length: underlined }
}

interface Parsed {
  text: string
  /** Absent when the parser itself gave up. */
  document: Document | undefined
  lines: LineCounter
}

let last: Parsed | undefined

/** Parses, or returns the document of the last call when the text is the same. */
function parse(text: string): Parsed {
  if (last?.text === text) return last
  const lines = new LineCounter()
  last = { text, document: undefined, lines }
  try {
    last.document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
    }) as Document
  } catch {
    // yaml recurses: a text of a million brackets overflows its stack.
  }
  return last
}

interface Found {
  start: number
  end: number
  /** The text of a scalar, to map offsets in it to the source. */
  value?: string
}

function find(document: Document, path: (string | number)[], wantsKey: boolean): Found | undefined {
  let node: unknown = document.contents
  let found = rangeOf(node) ?? { start: 0, end: 0 }
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = pairsOf(node).get(String(step))
      if (!pair) return found
      const key = rangeOf(pair.key)
      if (wantsKey && depth === path.length - 1) return key ?? found
      found = rangeOf(pair.value) ?? key ?? found
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      if (node === undefined) return found
      found = rangeOf(node) ?? found
    } else {
      return found
    }
  }
  return found
}

const pairIndexes = new WeakMap<YAMLMap, Map<string, Pair>>()

/** The pairs of a mapping by key, indexed once: looking up every pair of a big mapping must not be quadratic. */
function pairsOf(map: YAMLMap): Map<string, Pair> {
  let index = pairIndexes.get(map)
  if (!index) {
    index = new Map(map.items.map(pair => [isScalar(pair.key) ? String(pair.key.value) : String(pair.key), pair]))
    pairIndexes.set(map, index)
  }
  return index
}

/** The characters of a node; none for the empty value of `key:`, whose key is the better thing to point at. */
function rangeOf(node: unknown): Found | undefined {
  if (!isNode(node) || !node.range || node.range[0] === node.range[1]) return undefined
  const [start, end] = node.range
  return isScalar(node) && typeof node.value === 'string' ? { start, end, value: node.value } : { start, end }
}

/** How far into the source of a scalar the character `offset` of its text stands. */
function innerOffset(text: string, found: Found, offset: number): number {
  const quote = text[found.start]
  if (quote !== '"' && quote !== "'") return found.value === text.slice(found.start, found.end) ? offset : 0
  let at = found.start + 1
  for (let i = 0; i < offset && at < found.end - 1; i++) at += escapeLength(text, at, quote)
  return at - found.start
}

function escapeLength(text: string, at: number, quote: string): number {
  if (quote === "'") return text.startsWith("''", at) ? 2 : 1
  if (text[at] !== '\\') return 1
  return { x: 4, u: 6, U: 10 }[text[at + 1] ?? ''] ?? 2
}

function keyAt(text: string, offset: number): string {
  const key = /^(?:"(?:[^"\\\n]|\\.){0,200}"|[^:\s]{1,200})/.exec(text.slice(offset, offset + 210))?.[0] ?? 'this key'
  return key.startsWith('"') || key === 'this key' ? key : `"${key}"`
}

/** yaml's messages as the others are written: no capital, no full stop. */
function sentence(message: string): string {
  const line = message.split('\n', 1)[0]!.replace(/[.:]$/, '')
  return line.charAt(0).toLowerCase() + line.slice(1)
}
