import type { Diagnostic } from '../../../base/diagnostic.ts'
import { type Report, shown, strictness } from '../report.ts'

/** Workflow commands of GitHub Actions: each diagnostic becomes an annotation of its line. */
export function printReportGithub(report: Report): string {
  return [...shown(report), ...strictness(report)].map(annotation).join('')
}

function annotation({ severity, code, message, hint, place }: Diagnostic): string {
  const { file, line, column, length = 1 } = place ?? {}
  const properties = { file, line, col: column, endColumn: column && column + length, title: code }
  const given = Object.entries(properties).filter(([, value]) => value !== undefined)
  const list = given.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(',')
  return `::${severity} ${list}::${escapeData(hint === undefined ? message : `${message}\nhint: ${hint}`)}\n`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

/** What also would end a property. */
function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
