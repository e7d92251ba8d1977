// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from './diagnostic.ts'

/** A reader is shown at most this many diagnostics of one code. */
const MOST_PER_CODE = 20

/**
 * The first diagnostics of each code, and one that counts the others of it. `hint` says where those are. For readers: a
 * program gets all.
 */
export function limitDiagnostics(diagnostics: readonly Diagnostic[], hint?: string): Diagnostic[] {
  const beyond = new Map<string, Diagnostic[]>()
  const counts = new Map<string, number>()
  const kept = diagnostics.filter(diagnostic => {
    const { code } = diagnostic
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    if (count <= MOST_PER_CODE) return true
    const others = beyond.get(code)
    if (others) others.push(diagnostic)
    else beyond.set(code, [diagnostic])
    return false
  })
  return [...kept, ...[...beyond.values()].map(others => andMore(others, hint))]
}

/** At the place of the first of them. */
function andMore(others: readonly Diagnostic[], hint: string | undefined): Diagnostic {
  const { severity, code, place } = others[0]!
  const { file = '', line, column } = place ?? {}
  const where = line === undefined || column === undefined ? { file } : { file, line, column }
  const message = `and ${others.length} more of this kind`
  return { severity, code, message, place: where, ...(hint !== undefined && { hint }) }
}
