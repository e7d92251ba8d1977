// SPDX-License-Identifier: Apache-2.0

import { headOf } from '../../../base/form.ts'
import { formatJson } from '../../../base/format-json.ts'
import { membershipHash, revisionOf } from '../../../spec/revision.ts'
import { countWarnings, isPassed, type Report } from '../report.ts'

/** The JSON form: all diagnostics, and the revision and size of a spec that can be applied. */
export function printReportJson(report: Report): string {
  const { file, spec, isExposure, diagnostics } = report
  const warnings = countWarnings(report)
  const summary = {
    ...headOf('Report'),
    file,
    passed: isPassed(report),
    revision: spec ? revisionOf(spec) : null,
    membership: spec && !isExposure ? membershipHash(spec) : null,
    nodes: spec?.nodes.length ?? null,
    services: spec?.services.length ?? null,
    errors: diagnostics.length - warnings,
    warnings,
    diagnostics: diagnostics.map(({ severity, code, message, hint, place }) => {
      const { line, column, length } = place ?? {}
      return { severity, code, message, hint, line, column, length }
    }),
  }
  return `${formatJson(summary)}\n`
}
