// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../../../base/diagnostic.ts'
import { escapeGithub, escapeGithubProperty } from '../../../base/escape-markup.ts'
import { type Report, shown, strictness } from '../report.ts'

/** Workflow commands of GitHub Actions: each diagnostic becomes an annotation of its line. */
export function printReportGithub(report: Report): string {
  return [...shown(report), ...strictness(report)].map(annotation).join('')
}

function annotation({ severity, code, message, hint, place }: Diagnostic): string {
  const { file, line, column, length = 1 } = place ?? {}
  const properties = { file, line, col: column, endColumn: column && column + length, title: code }
  const given = Object.entries(properties).filter(([, value]) => value !== undefined)
  const list = given.map(([name, value]) => `${name}=${escapeGithubProperty(String(value))}`).join(',')
  const lines = hint === undefined ? [message] : [message, `hint: ${hint}`]
  return `::${severity} ${list}::${lines.map(escapeGithub).join('%0A')}\n`
}
