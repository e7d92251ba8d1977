import { plainCount } from '../../base/count.ts'
import { type Diagnostic, error, hasErrors, warning } from '../../base/diagnostic.ts'
import type { Spec } from '../../spec/spec.ts'

/** The result of validating a spec. */
export interface Report {
  /** Its name in messages. */
  file: string
  /** Absent when there are errors. */
  spec: Spec | undefined
  /** Whether the file holds an exposure alone. */
  isExposure: boolean
  /** In the order of the file. */
  diagnostics: readonly Diagnostic[]
  /** Warnings fail, too. */
  strict: boolean
}

export function isPassed({ diagnostics, strict }: Report): boolean {
  return strict ? diagnostics.length === 0 : !hasErrors(diagnostics)
}

export function countWarnings({ diagnostics }: Report): number {
  return diagnostics.filter(d => d.severity === 'warning').length
}

/** Why a spec without errors does not pass. */
export function strictness(report: Report): Diagnostic[] {
  if (isPassed(report) || hasErrors(report.diagnostics)) return []
  const warnings = countWarnings(report)
  const message = `${plainCount(warnings, 'warning')}; with --strict warnings fail`
  return [error('strict', message, { place: { file: report.file } })]
}

/** Texts show at most this many warnings of one code. */
const MOST_PER_CODE = 20

/** The diagnostics that texts show: all errors, and the first warnings of each code. */
export function shown({ diagnostics }: Report): Diagnostic[] {
  const beyond = new Map<string, Diagnostic[]>()
  const counts = new Map<string, number>()
  const kept = diagnostics.filter(diagnostic => {
    const { severity, code } = diagnostic
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    if (severity === 'error' || count <= MOST_PER_CODE) return true
    const more = beyond.get(code)
    if (more) more.push(diagnostic)
    else beyond.set(code, [diagnostic])
    return false
  })
  return [...kept, ...[...beyond.values()].map(andMore)]
}

function andMore(diagnostics: readonly Diagnostic[]): Diagnostic {
  const { code, place } = diagnostics[0]!
  const { file = '', line, column } = place ?? {}
  const where = line === undefined || column === undefined ? { file } : { file, line, column }
  return warning(code, `and ${diagnostics.length} more of this kind`, { hint: '-o json has them all', place: where })
}
