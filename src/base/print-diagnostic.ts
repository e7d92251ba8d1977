// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from './diagnostic.ts'
import { blankLine, escapeLine } from './escape.ts'
import { type Paint, plain } from './paint.ts'
import { formatPlace, type Place } from './place.ts'
import { byText } from './sort.ts'

/**
 * One diagnostic as text:
 *
 *     spec.yaml:8:9: error[unknown-field] "adresses" is not a field of a node
 *         8 |   n1: {adresses: [10.0.0.1]}
 *           |        ^^^^^^^^
 *       hint: did you mean "addresses"?
 */
export function printDiagnostic(d: Diagnostic, paint = plain): string {
  const tone = d.severity === 'error' ? 'bad' : 'warn'
  const lines = [`${prefix(d.place, paint)}${paint(tone, `${d.severity}[${d.code}]`)} ${escapeLine(d.message)}`]
  if (d.place) lines.push(...frame(d.place, text => paint(tone, text)))
  if (d.hint) lines.push(`  ${paint('strong', 'hint:')} ${escapeLine(d.hint)}`)
  return lines.join('\n')
}

/** All diagnostics by file and place, errors and warnings together: in the order of the file. */
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
  return place ? `${paint('strong', `${escapeLine(formatPlace(place))}:`)} ` : ''
}

const WIDEST_SOURCE = 160
const WIDEST_MARK = 60

function frame(place: Place, mark: (text: string) => string): string[] {
  if (place.source === undefined || place.line === undefined) return []
  const column = place.column ?? 1
  const cut = column > WIDEST_SOURCE / 2 ? column - WIDEST_SOURCE / 2 : 0
  const source = blankLine(place.source.slice(cut, cut + WIDEST_SOURCE))
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
