// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../base/diagnostic.ts'

/** How much a line of the log matters. `debug` is a line for each flush. */
export const LEVELS = ['debug', 'info', 'warning', 'error'] as const
export type Level = (typeof LEVELS)[number]

/** The fields of a diagnostic beside its message. */
export function fieldsOf({ code, hint }: Pick<Diagnostic, 'code' | 'hint'>): { code: string; hint?: string } {
  return { code, ...(hint !== undefined && { hint }) }
}

/** Writes a line of the log: what happened, and its figures by name. */
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, string | number | boolean>>) => void
