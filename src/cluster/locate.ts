// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, error, warning } from '../base/diagnostic.ts'
import { locate } from '../base/locate-yaml.ts'
import type { Place } from '../base/place.ts'
import type { Finding } from './finding.ts'
import { type Origin, type Source, textOf } from './source.ts'

/** More findings of one code than this say nothing new: they are only counted. */
const MOST_PER_CODE = 200
/** How much text may be parsed a second time to find columns; what is beyond points at the object's first line. */
const MOST_TEXT = 1 << 20
/** Longer lines (JSON without line breaks) are not shown. */
const LONGEST_LINE = 10_000

/** Findings as located diagnostics, in the order of the sources. */
export function locateFindings(sources: readonly Source[], findings: readonly Finding[]): Diagnostic[] {
  const counts = new Map<string, number>()
  const kept = findings.filter(finding => {
    const count = (counts.get(finding.code) ?? 0) + 1
    counts.set(finding.code, count)
    return count <= MOST_PER_CODE
  })
  kept.sort((a, b) => a.origin.source - b.origin.source || a.origin.start - b.origin.start)
  const lines = new Map<number, Uint32Array>()
  const linesOf = (source: number): Uint32Array => {
    const known = lines.get(source) ?? lineStarts(sources[source]!.bytes)
    lines.set(source, known)
    return known
  }
  let textLeft = MOST_TEXT
  let previous: Origin | undefined
  const diagnostics = kept.map(finding => {
    const { origin } = finding
    if (origin.start !== previous?.start || origin.source !== previous.source) textLeft -= origin.end - origin.start
    previous = origin
    const source = sources[origin.source]!
    const place = placeOf(source, finding, linesOf, textLeft > 0)
    const other = finding.other && !source.isRemote ? positionOf(sources, finding.other, linesOf) : undefined
    const make = finding.severity === 'error' ? error : warning
    const message = other ? `${finding.message} (the other one is at ${other})` : finding.message
    return make(finding.code, message, { ...(finding.hint === undefined ? {} : { hint: finding.hint }), place })
  })
  for (const [code, count] of counts) {
    if (count <= MOST_PER_CODE) continue
    const make = findings.find(f => f.code === code)!.severity === 'error' ? error : warning
    diagnostics.push(make(code, `and ${count - MOST_PER_CODE} more of this kind`))
  }
  return diagnostics
}

type LinesOf = (source: number) => Uint32Array

function placeOf(source: Source, finding: Finding, linesOf: LinesOf, mayParse: boolean): Place {
  if (source.isRemote) return { file: source.name }
  if (finding.at !== undefined) return bytePlace(source, finding.at, linesOf(finding.origin.source), 1)
  if (finding.origin.start === finding.origin.end) return { file: source.name }
  if (mayParse) return exactPlace(source, finding, linesOf)
  return bytePlace(source, finding.origin.start, linesOf(finding.origin.source))
}

function exactPlace(source: Source, { origin, path, key }: Finding, linesOf: LinesOf): Place {
  const starts = linesOf(origin.source)
  const line = lineAt(starts, origin.start)
  const lineStart = starts[line - 1]!
  const indented = textOf(source.bytes, lineStart, Math.min(origin.start, lineStart + LONGEST_LINE)).trim() === ''
  const start = indented ? lineStart : origin.start
  const text = textOf(source.bytes, start, origin.end)
  const place = locate(text, source.name, [...origin.path, ...path], { key: key === true, lineOffset: line - 1 })
  return start === lineStart || place.line !== line ? place : onItsLine(source, place, starts, origin.start)
}

/** The place of an object that does not begin its line: columns count from the line's begin. */
function onItsLine(source: Source, place: Place, starts: Uint32Array, offset: number): Place {
  const lineStart = starts[place.line! - 1]!
  const before = textOf(source.bytes, lineStart, offset).length
  const lineEnd = starts[place.line!] ?? source.bytes.length
  const { source: _, ...rest } = { ...place, column: (place.column ?? 1) + before }
  if (lineEnd - lineStart > LONGEST_LINE) return rest
  return { ...rest, source: textOf(source.bytes, lineStart, lineEnd).replace(/\r?\n$/, '') }
}

/** The place of a byte, found without parsing; underlined to the end of its line. */
function bytePlace(source: Source, offset: number, starts: Uint32Array, length?: number): Place {
  const line = lineAt(starts, offset)
  const lineStart = starts[line - 1]!
  const lineEnd = starts[line] ?? source.bytes.length
  const column = textOf(source.bytes, lineStart, offset).length + 1
  if (lineEnd - lineStart > LONGEST_LINE) return { file: source.name, line, column }
  const text = textOf(source.bytes, lineStart, lineEnd).trimEnd()
  return { file: source.name, line, column, source: text, length: length ?? Math.max(1, text.length - column + 1) }
}

function positionOf(sources: readonly Source[], origin: Origin, linesOf: LinesOf): string {
  return `${sources[origin.source]!.name}:${lineAt(linesOf(origin.source), origin.start)}`
}

/** Offsets at which the lines begin. */
function lineStarts(bytes: Uint8Array): Uint32Array {
  let starts = new Uint32Array(1024)
  let count = 1
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (count === starts.length) {
      const grown = new Uint32Array(count * 2)
      grown.set(starts)
      starts = grown
    }
    starts[count++] = at + 1
  }
  return starts.subarray(0, count)
}

/** The line, from 1, that holds an offset. */
function lineAt(starts: Uint32Array, offset: number): number {
  let low = 0
  let high = starts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle
  }
  return low + 1
}
