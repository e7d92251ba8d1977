// SPDX-License-Identifier: Apache-2.0
import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml'
import { findJsonError, isMeantAsJson } from '../base/json-error.ts'
import { hasMergedText } from '../base/merged-text.ts'
import type { Span } from '../base/place.ts'
import type { Finding } from './finding.ts'
import { checkGaps, type JsonProblem, scanJson } from './json-items.ts'
import { type Origin, type Source, textOf } from './source.ts'
import { findStrayLine } from './stray-line.ts'
import { skipBlank, splitDocuments, splitItems, type YamlDocument } from './yaml-items.ts'

/** What reads the objects of a source, one at a time. */
export interface Receiver {
  /** One object; `list` is the list it was in, without its items. */
  take(value: unknown, origin: Origin, list?: unknown): void
  report(finding: Finding): void
  /** Called before and after an attempt that may have to be undone. */
  mark(): () => void
}

/** YAML 1.2, so that 2026-01-01 and yes are text, with the merge keys that kubectl accepts. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag)
/** Values up to this size are parsed at once; larger ones may be lists in lists. */
const WHOLE = 1 << 20
const MOST_NESTED = 8
const NEWLINE = 0x0a
const CUT = 'the export was cut off; write it again'

/** Gives every object of an export to `receiver`: YAML or JSON, one or many documents, lists in lists. */
export function readObjects(source: Source, index: number, receiver: Receiver): void {
  const { bytes } = source
  const all = { start: 0, end: bytes.length }
  const start = skipJsonBlank(bytes, 0, bytes.length)
  const documents = isJsonAt(bytes, start) ? [all] : splitDocuments(bytes)
  let found = false
  for (const document of documents) {
    const first = skipBlank(bytes, document.start, document.end)
    if (first >= document.end) continue
    found = true
    if (isJsonAt(bytes, first)) readJson(bytes, index, { start: first, end: document.end }, receiver)
    else readYaml(bytes, index, splitItems(bytes, document), receiver)
  }
  if (found) return
  const origin = { source: index, start: 0, end: 0, path: [] }
  const hint = 'did the command that wrote it fail?'
  receiver.report({ severity: 'error', code: 'empty-input', message: 'there is nothing in it', hint, origin, path: [] })
}

/** JSON values one after the other, as several `kubectl -o json >>` leave them. */
function readJson(bytes: Uint8Array, source: number, range: Span, receiver: Receiver): void {
  let at = range.start
  while (at < range.end) {
    if (!isJsonAt(bytes, at)) {
      const isLine = at === 0 || bytes[at - 1] === NEWLINE
      const stray = isLine ? findStrayLine(textOf(bytes, at, range.end), at) : undefined
      syntaxError(receiver, source, stray?.at === at ? stray : { message: 'here should begin a JSON value', at })
      return
    }
    const end = readJsonValue(bytes, source, { start: at, end: range.end }, receiver, 0)
    if (end === undefined) return
    at = skipJsonBlank(bytes, end, range.end)
  }
}

/** Reads the value at the begin of `range` and returns where it ends; undefined when that cannot be told. */
function readJsonValue(bytes: Uint8Array, source: number, range: Span, receiver: Receiver, nested: number) {
  const value = scanJson(bytes, range.start, range.end)
  if ('message' in value) {
    // Flow YAML may hold what is not a string in JSON: {name: it's}.
    const text = range.end - range.start <= WHOLE ? textOf(bytes, range.start, range.end) : ''
    const yaml = text === '' ? value : parseFlow(text, range.start)
    if (yaml === value || yaml instanceof Problem) syntaxError(receiver, source, whyNotJson(text, range.start) ?? value)
    else receiver.take(yaml, { source, ...range, path: [] })
    return undefined
  }
  if (!value.elements || !value.inside) {
    readFlow(bytes, source, value, receiver)
    return value.end
  }
  const { elements, inside } = value
  const gap = checkGaps(bytes, inside, elements)
  if (gap) syntaxError(receiver, source, gap)
  const header = textOf(bytes, value.start, inside.start) + textOf(bytes, inside.end, value.end)
  const list = parseJson(header)
  if (list === undefined) {
    readFlow(bytes, source, value, receiver)
    return value.end
  }
  if (!Array.isArray(list)) receiver.take(list, { source, start: value.start, end: value.end, path: [] })
  for (const element of elements) {
    if (element.end - element.start > WHOLE && nested < MOST_NESTED) {
      readJsonValue(bytes, source, element, receiver, nested + 1)
    } else {
      readFlow(bytes, source, element, receiver, Array.isArray(list) ? undefined : list)
    }
  }
  return value.end
}

/** One value in brackets: JSON as a rule; what is not JSON may still be YAML. */
function readFlow(bytes: Uint8Array, source: number, span: Span, receiver: Receiver, list?: unknown): void {
  const text = textOf(bytes, span.start, span.end)
  const value = parseJson(text) ?? parseFlow(text, span.start)
  if (value instanceof Problem) syntaxError(receiver, source, value)
  else receiver.take(value, { source, start: span.start, end: span.end, path: [] }, list)
}

/**
 * One YAML document. Entry by entry where it can be split, so that a big list never becomes one tree; an alias to an
 * anchor in another entry, or anything else that an entry does not explain by itself, makes the document be read whole.
 */
function readYaml(bytes: Uint8Array, source: number, document: YamlDocument, receiver: Receiver): void {
  const undo = receiver.mark()
  const problems = document.items ? readEntries(bytes, source, document, document.items, receiver) : []
  if (document.items && problems.length === 0) return
  const text = textOf(bytes, document.start, document.end)
  const value = parseYaml(text, document.start)
  if (value instanceof Problem) {
    const stray = findStrayLine(text, document.start)
    // The objects around it are misread, so nothing is said of them.
    if (stray) undo()
    if (stray) return syntaxError(receiver, source, stray)
    const own = problems.filter(p => !p.message.includes('alias'))
    for (const problem of own.length > 0 ? own : [value]) syntaxError(receiver, source, problem)
    return
  }
  undo()
  if (value !== null) receiver.take(value, { source, start: document.start, end: document.end, path: [] })
}

function readEntries(bytes: Uint8Array, source: number, document: Span, items: Span[], receiver: Receiver): Problem[] {
  const first = items[0]!.start
  const last = items.at(-1)!.end
  const list = parseYaml(textOf(bytes, document.start, first) + textOf(bytes, last, document.end), document.start)
  // The text of the list goes on behind the items.
  if (list instanceof Problem) return [list.at < first ? list : new Problem(list.message, list.at + last - first)]
  if (!isObject(list) || list.kind === undefined) {
    syntaxError(receiver, source, new Problem('the list ends without its kind', document.end - 1, CUT))
    return []
  }
  receiver.take(list, { source, start: document.start, end: document.end, path: [] })
  const problems: Problem[] = []
  for (const item of items) {
    const value = parseYaml(textOf(bytes, item.start, item.end), item.start)
    if (value instanceof Problem) problems.push(value)
    else receiver.take((value as unknown[])[0], { source, start: item.start, end: item.end, path: [0] }, list)
  }
  return problems
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Why a text is not YAML, and at which byte. */
class Problem implements JsonProblem {
  readonly message: string
  readonly at: number
  readonly hint?: string
  constructor(message: string, at: number, hint?: string) {
    this.message = message
    this.at = at
    if (hint !== undefined) this.hint = hint
  }
}

function parseYaml(text: string, start: number): unknown {
  try {
    return load(text, { schema: SCHEMA })
  } catch (e) {
    const mark = e instanceof YAMLException ? e.mark : undefined
    const before = Buffer.byteLength(text.slice(0, mark?.position ?? 0))
    return new Problem(e instanceof YAMLException ? e.reason : 'this cannot be read', start + before)
  }
}

/**
 * A value in brackets that JSON.parse refused, as YAML. Where JSON was meant, its error comes from JSON: a YAML parser complains
 * far behind a stray line, or makes it a part of the next key.
 */
function parseFlow(text: string, start: number): unknown {
  const yaml = parseYaml(text, start)
  return yaml instanceof Problem || hasMergedText(yaml) ? (whyNotJson(text, start) ?? yaml) : yaml
}

/** The first line that no export has, else the first mistake; undefined for other YAML, and for JSON that is cut off. */
function whyNotJson(text: string, start: number): Problem | undefined {
  if (!isMeantAsJson(text)) return undefined
  const stray = findStrayLine(text, start)
  if (stray) return new Problem(stray.message, stray.at, stray.hint)
  const found = findJsonError(text)
  return found && new Problem(found.message, start + Buffer.byteLength(text.slice(0, found.at)))
}

function syntaxError(receiver: Receiver, source: number, problem: JsonProblem): void {
  const { message, at, hint } = problem
  const finding = {
    severity: 'error',
    code: 'syntax',
    message,
    origin: { source, start: at, end: at, path: [] },
  } as const
  receiver.report({ ...finding, path: [], at, ...(hint === undefined ? {} : { hint }) })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isJsonAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x7b || bytes[at] === 0x5b
}

/** Skips white space and `---` lines between JSON values. */
function skipJsonBlank(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && (bytes[at]! <= 0x20 || (bytes[at] === 0x2d && bytes[at + 1] === 0x2d && bytes[at + 2] === 0x2d))) {
    at += bytes[at] === 0x2d ? 3 : 1
  }
  return at
}
