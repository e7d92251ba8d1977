// SPDX-License-Identifier: Apache-2.0
import type { CallRecord } from './load.ts'

/** A spec from when it began to be put in place until the next one was wholly in place (ns). */
export interface Reign {
  from: number
  to: number
  /** What was done to begin it, for people. */
  what: string
  /** The results that a row may have under it. */
  allows(row: number, result: number): boolean
}

export interface Judgement {
  calls: number
  /** By reign: how many calls met the transition to it. */
  during: number[]
  /** Calls that no spec of their time explains, with what was under way. */
  wrong: { record: CallRecord; met: string[] }[]
}

/**
 * Holds every call to the specs of its time: its result must be one that is allowed by a spec which was in place, wholly
 * or in part, at some moment of the call. Reigns are in order, each overlaps the next while that is being put in place.
 */
export function judge(records: Iterable<CallRecord>, reigns: readonly Reign[]): Judgement {
  const judgement: Judgement = { calls: 0, during: reigns.map(() => 0), wrong: [] }
  for (const record of records) {
    judgement.calls++
    const first = firstReign(reigns, record.from)
    let last = first
    let isAllowed = false
    for (let i = first; i < reigns.length && (i === first || reigns[i]!.from <= record.to); i++) {
      if (i > first) judgement.during[i]!++
      isAllowed ||= reigns[i]!.allows(record.row, record.result)
      last = i
    }
    if (!isAllowed) judgement.wrong.push({ record, met: reigns.slice(first, last + 1).map(reign => reign.what) })
  }
  return judgement
}

/** The first reign that had not ended at `time`. */
function firstReign(reigns: readonly Reign[], time: number): number {
  let [low, high] = [0, reigns.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (reigns[middle]!.to >= time) high = middle
    else low = middle + 1
  }
  return low
}
