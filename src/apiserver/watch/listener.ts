// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../../base/diagnostic.ts'
import type { Raw } from '../../cluster/reader.ts'
import type { WatchedKind } from './kinds.ts'

/**
 * What a reflector tells. Calls are synchronous and in order within a kind; the event loop waits for each, so they must be
 * short. A key is `NAMESPACE/NAME`, or `NAME` for kinds without namespaces.
 */
export interface Listener {
  /** A list begins: the first, or a new one that replaces what is known. It may begin again before it is whole. */
  listing(kind: WatchedKind): void
  /** Added or changed. A list repeats objects that did not change. Items of a paged list say no kind and apiVersion of their own. */
  put(kind: WatchedKind, key: string, object: Raw): void
  /** Deleted, selected no more, or absent from a list that is whole. */
  remove(kind: WatchedKind, key: string): void
  /**
   * A list is whole and lacks keys that were known; asked before any is removed. With 'keep' they stay known, and the next
   * list asks again.
   */
  missing(kind: WatchedKind, counts: Missing): 'remove' | 'keep'
  /** A list is whole; what it lacks was removed before. */
  listed(kind: WatchedKind, counts: Listed): void
  /** A server answered a request with this HTTP status; `host` is its name or address, with the port. */
  answered?(host: string, status: number): void
  /** The server answers a request with what was asked for. */
  connected(kind: WatchedKind, server: string): void
  /** A request failed, or its answer broke; the next one is sent after `pause` milliseconds at the earliest. */
  lost(kind: WatchedKind, problem: Diagnostic, pause: number): void
  /** One event cannot be used; the watch goes on. */
  skipped(kind: WatchedKind, problem: Diagnostic): void
}

/** Counts of keys: known before a list, in the list, and known but not in it. */
interface Missing {
  known: number
  listed: number
  missing: number
}

/** Counts of keys after a list: in it, removed by it, and kept although it lacks them. */
interface Listed {
  objects: number
  removed: number
  kept: number
}
