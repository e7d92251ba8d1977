// SPDX-License-Identifier: Apache-2.0
import { parseDocument, type YAMLError } from 'yaml'
import { type Diagnostic, error } from './diagnostic.ts'
import { Lines } from './lines.ts'
import type { Path, Place } from './place.ts'
import { type Found, Positions } from './positions.ts'

interface LocateOptions {
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
 * Never throws. The first call on a text parses it once more (0.4 s for 5 MB) and the next ones cost little, so call it for
 * mistakes only.
 */
export function locate(text: string, file: string, path: Path, options: LocateOptions = {}): Place {
  const found = positionsOf(text)?.find(path, options.key === true)
  if (!found) return { file }
  const inner = options.offset === undefined ? 0 : innerOffset(text, found, options.offset)
  const start = Math.min(found.start + inner, found.end)
  return placeAt(text, file, start, options.length ?? found.end - start, options.lineOffset)
}

/** The scalars of the list at a path, with '' for other items; undefined when there is no list. */
export function listAt(text: string, path: Path): string[] | undefined {
  return positionsOf(text)?.list(path)
}

/**
 * What keeps a text from being one YAML document: every duplicate-key, or only one yaml-syntax, many-documents or
 * truncated-document, which is the cause of all that comes after it. Empty when the text is fine.
 */
export function syntaxErrors(text: string, file: string, options: { lineOffset?: number } = {}): Diagnostic[] {
  const errors = errorsOf(text)
  if (!errors) return [error('yaml-syntax', TOO_DEEP, { place: { file } })]
  const end = text.trimEnd().length
  const many = errors.find(e => e.code === 'MULTIPLE_DOCS')
  const deep = errors.find(e => e.code === 'RESOURCE_EXHAUSTION')
  const first = errors.find(e => e.code !== 'DUPLICATE_KEY')
  const isCut = (e: YAMLError) => e.pos[0] >= end || (e.code === 'MISSING_CHAR' && e.pos[1] >= end)
  const cause = many ?? deep ?? first
  return (cause ? [cause] : errors).map(e => {
    const start = isCut(e) ? Math.max(0, end - 1) : e.pos[0]
    const place = placeAt(text, file, start, e.pos[1] - start, options.lineOffset)
    return diagnosticOf(e, text, place, isCut(e))
  })
}

/** What the yaml library says, whose messages suit a reader; undefined when it gave up itself. */
function errorsOf(text: string): YAMLError[] | undefined {
  try {
    return parseDocument(text, { prettyErrors: false, logLevel: 'error' }).errors
  } catch {
    // yaml recurses: a text of a million brackets overflows its stack.
    return undefined
  }
}

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
export function placeAt(text: string, file: string, offset: number, length = 1, lineOffset = 0): Place {
  const at = Math.max(0, Math.min(offset, text.length))
  const { line, column } = knownOf(text).lines.positionOf(at)
  const start = at - column + 1
  const end = text.indexOf('\n', start)
  const source = text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '')
  const underlined = Math.max(1, Math.min(length, source.length - column + 1))
  return { file, line: line + lineOffset, column, source, length: underlined }
}

interface Known {
  text: string
  lines: Lines
  /** Absent when the text is not YAML; found out when first asked for. */
  positions?: Positions | undefined
}

let last: Known | undefined

/** What is known of a text: of the last call's when the text is the same. */
function knownOf(text: string): Known {
  if (last?.text !== text) last = { text, lines: new Lines(text) }
  return last
}

function positionsOf(text: string): Positions | undefined {
  const known = knownOf(text)
  if (!('positions' in known)) known.positions = Positions.of(text)
  return known.positions
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
