// SPDX-License-Identifier: Apache-2.0

/**
 * Where the reflector of one kind stands: what the next request asks for. `watch-list`: all objects as the first events of a
 * watch. `pages`: the list in pages, where the server refuses that. `watch`: what changed since `version`.
 */
export interface Cursor {
  phase: 'watch-list' | 'pages' | 'watch'
  /** The resourceVersion up to which all was told; '' before the first list is whole. */
  version: string
  /** What asks for the next page; '' for the first. */
  next: string
  /** Answers in a row to requests of this phase that brought no event. */
  barren: number
}

/** What came of a request. */
export type Outcome =
  /** A watch told of an object, or sent a bookmark. */
  | { type: 'told'; version: string }
  /** The first events of a watch-list are whole. */
  | { type: 'listed'; version: string }
  /** A page is whole; `next` is '' when it was the last. */
  | { type: 'page'; version: string; next: string }
  /** An answer 200 ended or broke; `isBarren`: without any event. */
  | { type: 'ended'; isBarren: boolean }
  /** The server does not know the version any more (410). */
  | { type: 'expired' }
  /** The server takes no watch-list (400, 422). */
  | { type: 'refused' }

/** The state before the first request, and whenever all must be listed anew. */
export const FROM_SCRATCH: Cursor = { phase: 'watch-list', version: '', next: '', barren: 0 }

/**
 * Barren answers after which another way is tried: a watch from a version of the future (etcd was restored) stays silent for
 * ever, and so does a watch-list of a server that cannot finish it.
 */
const MOST_BARREN = 2

/** The next state. */
export function advance(cursor: Cursor, outcome: Outcome): Cursor {
  switch (outcome.type) {
    case 'told':
      // Versions of a list's objects come in no order: a list counts when it is whole.
      return cursor.phase === 'watch' ? { ...cursor, version: outcome.version, barren: 0 } : { ...cursor, barren: 0 }
    case 'listed':
      return { phase: 'watch', version: outcome.version, next: '', barren: 0 }
    case 'page':
      if (outcome.next !== '') return { ...cursor, next: outcome.next }
      return { phase: 'watch', version: outcome.version, next: '', barren: 0 }
    case 'ended': {
      // A page is asked for again.
      if (cursor.phase === 'pages') return cursor
      const barren = outcome.isBarren ? cursor.barren + 1 : 0
      if (barren < MOST_BARREN) return { ...cursor, barren }
      return { ...FROM_SCRATCH, phase: cursor.phase === 'watch' ? 'watch-list' : 'pages' }
    }
    case 'expired':
      return FROM_SCRATCH
    case 'refused':
      return { ...FROM_SCRATCH, phase: 'pages' }
  }
}

/** Whether the next request begins a list, which replaces what is known. */
export function beginsList({ phase, next }: Cursor): boolean {
  return phase === 'watch-list' || (phase === 'pages' && next === '')
}

/** Objects a page, as kubectl asks for. */
const PAGE = '500'

/** The parameters of the next request; a watch is to end after `seconds`. */
export function queryOf({ phase, version, next }: Cursor, seconds: number): Record<string, string> {
  if (phase === 'pages') return { limit: PAGE, ...(next === '' ? {} : { continue: next }) }
  const watch = { watch: '1', allowWatchBookmarks: 'true', timeoutSeconds: String(seconds) }
  if (phase === 'watch') return { ...watch, resourceVersion: version }
  return { ...watch, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
}
