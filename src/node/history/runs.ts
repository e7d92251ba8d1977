// SPDX-License-Identifier: Apache-2.0
import type { Entry } from './entry.ts'

/** What makes an entry: while these stay the same, other endpoints do not make a new one. */
export type Applied = Pick<Entry, 'revision' | 'node' | 'programs'>

export function isSameRun(a: Applied, b: Applied): boolean {
  return a.revision === b.revision && a.node === b.node && a.programs === b.programs
}

/**
 * One entry for each run of entries that differ in their endpoints only: the last of them, which has the latest endpoints, with
 * the time and the author of the first. Builds up to 0.1.0 wrote an entry for every change of an endpoint, and a crash between
 * the writing of an entry and the removal of the one it replaces leaves both.
 */
export function withoutRepeats(entries: readonly Entry[]): Entry[] {
  const kept: Entry[] = []
  for (const entry of entries) {
    const last = kept.at(-1)
    if (last && isSameRun(last, entry))
      kept[kept.length - 1] = { ...entry, time: last.time, by: last.by, build: last.build }
    else kept.push(entry)
  }
  return kept
}

/** The entry that a hash from the map `revision` names: by its exposure or, of builds up to 0.1.0, by its whole spec. */
export function entryNamed(entries: readonly Entry[], hash: string | undefined): Entry | undefined {
  return entries.findLast(entry => entry.revision === hash || entry.spec === hash)
}
