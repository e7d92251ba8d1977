// SPDX-License-Identifier: Apache-2.0
import type { WatchedKind } from '../../apiserver/watch/kinds.ts'
import type { Listener } from '../../apiserver/watch/listener.ts'

/** Tells one listener of a kind, and another one of all other kinds and of every answer. */
export function byKind(kind: WatchedKind, one: Listener, others: Listener): Listener {
  const of = (told: WatchedKind) => (told === kind ? one : others)
  return {
    listing: told => of(told).listing(told),
    put: (told, key, object) => of(told).put(told, key, object),
    remove: (told, key) => of(told).remove(told, key),
    missing: (told, counts) => of(told).missing(told, counts),
    listed: (told, counts) => of(told).listed(told, counts),
    answered: (host, status) => others.answered?.(host, status),
    connected: (told, server) => of(told).connected(told, server),
    lost: (told, problem, pause) => of(told).lost(told, problem, pause),
    skipped: (told, problem) => of(told).skipped(told, problem),
  }
}
