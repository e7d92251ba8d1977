// SPDX-License-Identifier: Apache-2.0
import type { OutsideRecord, OutsideRow } from './load.ts'

/** Shorter than what TCP waits before it sends a packet again that got lost (ns): a client that met an old connection is faster. */
const RESENT_AFTER = 150e6

/** Was a packet lost? That its connection got on afterwards does not show it. */
export function isLost({ result, isResent, from, to }: OutsideRecord): boolean {
  return result < 0 || (isResent && to - from > RESENT_AFTER)
}

/** The first twenty that did not go well, in words. */
export function lossesIn(records: readonly OutsideRecord[], rows: readonly OutsideRow[]): string[] {
  return records
    .filter(isLost)
    .slice(0, 20)
    .map(({ row, result, from, to }) => {
      const { mode, address, port } = rows[row]!
      const what = result < 0 ? `errno ${-result}` : 'sent again'
      return `${mode} to ${address} port ${port}: ${what} after ${((to - from) / 1e6).toFixed(1)} ms`
    })
}

/** How many streams are one connection to one backend from their beginning to the end, and how many there are. */
export function streamsIn(
  records: readonly OutsideRecord[],
  rows: readonly OutsideRow[],
): { whole: number; all: number } {
  const answers = new Map<number, Set<number>>()
  for (const { row, result } of records)
    if (rows[row]!.mode === 'stream') answers.set(row, (answers.get(row) ?? new Set()).add(result))
  return { whole: [...answers.values()].filter(found => found.size === 1).length, all: answers.size }
}
