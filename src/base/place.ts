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

/** By file, line and column; what has no place comes first. */
export function byPlace(a: Place | undefined, b: Place | undefined): number {
  const [file, other] = [a?.file ?? '', b?.file ?? '']
  if (file !== other) return file < other ? -1 : 1
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0)
}

/** `spec.yaml:8:9`, or as much of it as is known. */
export function formatPlace({ file, line, column }: Place): string {
  return line === undefined ? file : `${file}:${line}:${column ?? 1}`
}
