// SPDX-License-Identifier: Apache-2.0
import { Lexer } from 'yaml'
import { MODELINE } from './print.ts'

/** The lines, from 1, of a YAML text that have a comment, without the modeline of a printed spec. */
export function commentLines(text: string): number[] {
  // Most texts have no comment, and the lexer takes its time.
  if (!text.includes('#', text.startsWith(MODELINE) ? MODELINE.length : 0)) return []
  const lines: number[] = []
  let line = 1
  for (const token of new Lexer().lex(text)) {
    if (token.startsWith('#') && token !== MODELINE) lines.push(line)
    line += token.split('\n').length - 1
  }
  return lines
}
