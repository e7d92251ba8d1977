import type { Diagnostic, Place } from './diagnostic.ts'
import { type Paint, plain } from './paint.ts'
import { byText } from './sort.ts'

/**
 * One diagnostic as people read it:
 *
 *     spec.yaml:8:9: error[unknown-field] "adresses" is not a field of a node
 *         8 |   n1: {adresses: [10.0.0.1]}
 *           |        ^^^^^^^^
 *       hint: did you mean "addresses"?
 */
export function printDiagnostic(d: Diagnostic, paint = plain): string {
  const tone = d.severity === 'error' ? 'bad' : 'warn'
  const lines = [`${prefix(d.place, paint)}${paint(tone, `${d.severity}[${d.code}]`)} ${visible(d.message)}`]
  if (d.place) lines.push(...frame(d.place, text => paint(tone, text)))
  if (d.hint) lines.push(`  ${paint('strong', 'hint:')} ${visible(d.hint)}`)
  return lines.join('\n')
}

/** What is quoted from an input must not speak to the terminal. */
function visible(text: string): string {
  return text.replace(CONTROLS, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** C0 but tabs and line breaks, C1, and what changes the direction of a line. */
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** All diagnostics, by file and place, errors and warnings together as the reader meets them in the file. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], paint = plain): string {
  return inOrder(diagnostics)
    .map(diagnostic => printDiagnostic(diagnostic, paint))
    .join('\n')
}

/** By file and place. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort(byPlace)
}

function prefix(place: Place | undefined, paint: Paint): string {
  return place ? `${paint('strong', `${formatPlace(place)}:`)} ` : ''
}

/** `spec.yaml:8:9`, or as much of it as is known. */
export function formatPlace({ file, line, column }: Place): string {
  return line === undefined ? file : `${file}:${line}:${column ?? 1}`
}

const WIDEST_SOURCE = 160
const WIDEST_MARK = 60

function frame(place: Place, mark: (text: string) => string): string[] {
  if (place.source === undefined || place.line === undefined) return []
  const column = place.column ?? 1
  const cut = column > WIDEST_SOURCE / 2 ? column - WIDEST_SOURCE / 2 : 0
  const source = place.source
    .slice(cut, cut + WIDEST_SOURCE)
    .replaceAll('\t', ' ')
    .replace(CONTROLS, ' ')
  const gutter = String(place.line).padStart(6)
  const indent = ' '.repeat(Math.max(0, column - 1 - cut))
  const carets = '^'.repeat(Math.max(1, Math.min(place.length ?? 1, WIDEST_MARK)))
  return [`${gutter} | ${source}`, `${' '.repeat(6)} | ${indent}${mark(carets)}`]
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const file = byText(a.place?.file ?? '', b.place?.file ?? '')
  if (file !== 0) return file
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0)
}
