// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../../../base/diagnostic.ts'
import { escapeLine } from '../../../base/escape.ts'
import { escapeXml } from '../../../base/escape-markup.ts'
import { printDiagnostic } from '../../../base/print-diagnostic.ts'
import { EXPOSURE_CHECKS, SPEC_CHECKS } from '../check.ts'
import { type Report, shown } from '../report.ts'
import type { SpecCheck } from '../subject.ts'

/**
 * JUnit XML, as CI systems read it: a test for the errors that every command reports, and one for each check, so that the
 * tests of two runs have the same names. Warnings that do not fail are a test's output; a check that needs what the file does
 * not have is skipped.
 */
export function printReportJunit(report: Report): string {
  const found = shown(report)
  const known = new Set(SPEC_CHECKS.map(({ code }) => code))
  const cases = [
    testCase(
      report,
      'valid: every command takes the spec',
      found.filter(d => !known.has(d.code)),
    ),
    ...SPEC_CHECKS.map(check =>
      testCase(
        report,
        `${check.code}: ${check.about}`,
        ran(check, report) ? found.filter(d => d.code === check.code) : undefined,
      ),
    ),
  ]
  const count = (element: string) => cases.filter(text => text.includes(`<${element}`)).length
  const counts = `tests="${cases.length}" failures="${count('failure')}" errors="0"`
  const name = escapeXml(escapeLine(report.file))
  const suite = `  <testsuite name="${name}" ${counts} skipped="${count('skipped')}">\n${cases.join('')}  </testsuite>\n`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="balancing validate" ${counts}>\n${suite}</testsuites>\n`
}

function ran(check: SpecCheck, { spec, isExposure }: Report): boolean {
  return spec !== undefined && (!isExposure || EXPOSURE_CHECKS.includes(check))
}

/** `found` is undefined when the check did not run. */
function testCase({ file, strict }: Report, name: string, found: readonly Diagnostic[] | undefined): string {
  const start = `    <testcase classname="${escapeXml(escapeLine(file))}" name="${escapeXml(name)}"`
  if (found?.length === 0) return `${start}/>\n`
  return `${start}>\n      ${found ? outcome(found, strict) : '<skipped/>'}\n    </testcase>\n`
}

function outcome(found: readonly Diagnostic[], strict: boolean): string {
  const text = escapeXml(found.map(d => printDiagnostic(d)).join('\n'))
  const failed = found.find(d => d.severity === 'error') ?? (strict ? found[0] : undefined)
  if (!failed) return `<system-out>${text}</system-out>`
  return `<failure type="${escapeXml(failed.code)}" message="${escapeXml(escapeLine(failed.message))}">${text}</failure>`
}
