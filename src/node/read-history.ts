// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../base/failure.ts'
import { shortRevision } from '../base/short-revision.ts'
import { Bpftool } from '../bpf/bpftool/bpftool.ts'
import type { Entry } from './history/entry.ts'
import type { History } from './history/history.ts'
import { entryNamed } from './history/runs.ts'
import { requireLocation } from './require-location.ts'
import { inspectHere } from './require-ours.ts'
import type { Location } from './target.ts'

/** The history of a node, beside what the node serves. */
interface ReadHistory {
  /** Oldest first. */
  entries: Entry[]
  /** The sequence of the entry that the node serves; null when it serves none of them, or when that is unknown. */
  applied: number | null
  /** Why no entry is the one that the node serves, though it serves something or cannot be read. */
  remark?: string
}

/** Reads a history and the map `revision`. A damaged entry is a failure (exit 4); a node that cannot be read is a remark. */
export async function readHistory(history: History, location: Location): Promise<ReadHistory> {
  const entries = history.entries()
  try {
    const revision = await servedRevision(location)
    const applied = entryNamed(entries, revision)?.sequence ?? null
    if (revision === undefined || applied !== null) return { entries, applied }
    return {
      entries,
      applied,
      remark: `the revision that is applied, ${shortRevision(revision)}, is not in the history`,
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { entries, applied: null, remark: `it is unknown which one is applied: ${error.message}` }
  }
}

/** What the map `revision` says; undefined when nothing serves or the map is missing. */
async function servedRevision(location: Location): Promise<string | undefined> {
  requireLocation(location)
  const bpftool = new Bpftool()
  await bpftool.requireVersion()
  return (await inspectHere(bpftool, location)).current?.revision?.spec
}
