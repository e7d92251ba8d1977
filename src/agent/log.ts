// SPDX-License-Identifier: Apache-2.0
/** How much a line of the log matters. `debug` is a line for each flush. */
export const LEVELS = ['debug', 'info', 'warning', 'error'] as const
export type Level = (typeof LEVELS)[number]

/** Writes a line of the log: what happened, and its figures by name. */
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, string | number | boolean>>) => void
