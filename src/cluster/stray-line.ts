// SPDX-License-Identifier: Apache-2.0
import type { JsonProblem } from './json-items.ts'

/** A line in column 1 of an export: a field of an object, an entry, a bracket, a comment, a marker of a document. */
const EXPECTED = /^(?:$|[\s#%{}[\],"'-]|\.\.\.\s*$|[a-z][A-Za-z]*:(?:\s|$))/
/** kubectl writes these to stderr. */
const REMARK = /^(?:error|warning):/i

const HINT = 'kubectl writes warnings and errors to stderr: leave 2>&1 out'

/**
 * The first line of a text that no export has: a warning, an error message, a conflict marker. It is the cause of what a parser
 * says of such a text, often much further on. `start` is the offset of the text in bytes.
 */
export function findStrayLine(text: string, start: number): JsonProblem | undefined {
  let at = 0
  for (const line of text.split('\n')) {
    if (REMARK.test(line) || !EXPECTED.test(line)) {
      const message = 'this line is not part of an export'
      return { message, at: start + Buffer.byteLength(text.slice(0, at)), hint: HINT }
    }
    at += line.length + 1
  }
  return undefined
}
