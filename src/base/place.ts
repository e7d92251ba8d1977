// SPDX-License-Identifier: Apache-2.0
/** Where a message points. `line` and `column` count from 1. */
export interface Place {
  file: string
  line?: number
  column?: number
  /** The source line itself, for the frame under the message. */
  source?: string
  /** How many characters the caret underlines; 1 when absent. */
  length?: number
}

/** Field names and list positions, from the top of a document. */
export type Path = readonly (string | number)[]

/** A part of a text or of bytes, by offsets; `end` is the offset behind it. */
export interface Span {
  start: number
  end: number
}

/** `spec.yaml:8:9`, or as much of it as is known. */
export function formatPlace({ file, line, column }: Place): string {
  return line === undefined ? file : `${file}:${line}:${column ?? 1}`
}
