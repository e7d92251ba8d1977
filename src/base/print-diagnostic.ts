import type { Diagnostic, Place } from './diagnostic.ts'
import { byText } from './sort.ts'

/**
 * One diagnostic as people read it:
 *
 *     spec.yaml:8:9: error[unknown-field] "adresses" is not a field of a node
 *         8 |   n1: {adresses: [10.0.0.1]}
 *           |        ^^^^^^^^
 *       hint: did you mean "addresses"?
 */
export function printDiagnostic(d: Diagnostic): string {
  const lines = [`${prefix(d.place)}${d.severity}[${d.code}] ${d.message}`]
  if (d.place) lines.push(...frame(d.place))
  if (d.hint) lines.push(`  hint: ${d.hint}`)
  return lines.join('\n')
}

/** All diagnostics, by file and place, errors and warnings together as the reader meets them in the file. */
export function printDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return [...diagnostics].sort(byPlace).map(printDiagnostic).join('\n')
}

function prefix(place: Place | undefined): string {
  if (!place) return ''
  if (place.line === undefined) return `${place.file}: `
  return `${place.file}:${place.line}:${place.column ?? 1}: `
}

const WIDEST_SOURCE = 160

function frame(place: Place): string[] {
  if (place.source === undefined || place.line === undefined) return []
  const column = place.column ?? 1
  const cut = column > WIDEST_SOURCE / 2 ? column - WIDEST_SOURCE / 2 : 0
  const source = place.source.slice(cut, cut + WIDEST_SOURCE).replaceAll('\t', ' ')
  const gutter = String(place.line).padStart(6)
  const caret = ' '.repeat(Math.max(0, column - 1 - cut)) + '^'.repeat(Math.max(1, Math.min(place.length ?? 1, 60)))
  return [`${gutter} | ${source}`, `${' '.repeat(6)} | ${caret}`]
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const file = byText(a.place?.file ?? '', b.place?.file ?? '')
  if (file !== 0) return file
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0)
}
