// SPDX-License-Identifier: Apache-2.0
import { plainCount } from '../../base/count.ts'
import { type Diagnostic, error, hasErrors } from '../../base/diagnostic.ts'
import { limitDiagnostics } from '../../base/limit-diagnostics.ts'
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

/** The diagnostics that texts show: the first ones of each code. */
export function shown({ diagnostics }: Report): Diagnostic[] {
  return limitDiagnostics(diagnostics, WHERE_THE_REST_IS)
}

export const WHERE_THE_REST_IS = '-o json has them all'
