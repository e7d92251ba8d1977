// SPDX-License-Identifier: Apache-2.0

import { escapeLine } from '../base/escape.ts'
import { headOf } from '../base/form.ts'
import { formatJson } from '../base/format-json.ts'
import { type Paint, plain, type Tone } from '../base/paint.ts'
import type { Finding, Grade } from './finding.ts'

const TONES: Readonly<Record<Grade, Tone>> = { ok: 'good', warn: 'warn', fail: 'bad', unknown: 'faint' }

/** Findings as text: how many of each result, then a line for each check, with what to do below it. */
export function printFindings(findings: readonly Finding[], paint: Paint = plain): string {
  const width = Math.max(...findings.map(f => f.name.length))
  const lines = findings.flatMap(({ name, result, found, advice }) => [
    `${paint(TONES[result], result.padEnd(7))}  ${name.padEnd(width)}  ${escapeLine(found)}`,
    ...(advice === undefined ? [] : [`${' '.repeat(width + 11)}${paint('faint', '→')} ${escapeLine(advice)}`]),
  ])
  return `${[summary(findings), ...lines].join('\n')}\n`
}

/** `2 warn, 16 ok`, the worst first. */
function summary(findings: readonly Finding[]): string {
  const count = (result: Grade) => findings.filter(f => f.result === result).length
  const parts = (['fail', 'warn', 'unknown', 'ok'] as const).map(result => [count(result), result] as const)
  return parts.flatMap(([n, result]) => (n > 0 ? [`${n} ${result}`] : [])).join(', ')
}

/** Findings as JSON. */
export function printFindingsJson(findings: readonly Finding[]): string {
  const form = { ...headOf('Diagnosis'), ready: isReady(findings), checks: findings }
  return `${formatJson(form)}\n`
}

/** Whether apply works here, and what was applied serves. */
export function isReady(findings: readonly Finding[]): boolean {
  return findings.every(f => f.result !== 'fail')
}
