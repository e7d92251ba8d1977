// SPDX-License-Identifier: Apache-2.0
import { formatPlace, type Place } from './place.ts'

/** A located message: what is wrong, where, and what to do. Errors are values; exceptions are for bugs. */
export interface Diagnostic {
  severity: 'error' | 'warning'
  /** Stable, kebab-case; scripts may match on it. */
  code: string
  message: string
  hint?: string
  place?: Place
}

/** What a stage returns: a value unless there was an error, and everything it has to say either way. */
export interface Result<T> {
  value: T | undefined
  diagnostics: Diagnostic[]
}

export function error(code: string, message: string, more: { hint?: string; place?: Place } = {}): Diagnostic {
  return { severity: 'error', code, message, ...more }
}

export function warning(code: string, message: string, more: { hint?: string; place?: Place } = {}): Diagnostic {
  return { severity: 'warning', code, message, ...more }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(d => d.severity === 'error')
}

/** One line: the message, with its place before it, if it has one. */
export function locatedMessage({ message, place }: Pick<Diagnostic, 'message' | 'place'>): string {
  return place ? `${formatPlace(place)}: ${message}` : message
}

/** The name in `known` nearest to `word` (Levenshtein ≤ a third of its length, at least 1), for "did you mean". */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const d = distance(word, candidate)
    if (d < bestDistance) {
      best = candidate
      bestDistance = d
    }
  }
  return best
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substitute))
    }
    row = next
  }
  return row[b.length]!
}
