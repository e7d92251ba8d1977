// SPDX-License-Identifier: Apache-2.0
import { escapeJson } from './escape.ts'

/**
 * JSON of an answer or a log record, indented by two spaces or on one line. No text in it acts on a terminal or in the log of a CI
 * system (`##vso[` is written `#\u0023vso[`); a parser reads the same value.
 */
export function formatJson(value: object, isOneLine = false): string {
  return escapeJson(JSON.stringify(value, undefined, isOneLine ? undefined : 2))
}
