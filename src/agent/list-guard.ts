// SPDX-License-Identifier: Apache-2.0
import type { Log } from './log.ts'
import type { Kind } from './store.ts'

/** How long a list that lost most of its objects is not believed, in milliseconds. */
const HOLD_MS = 60_000
/** Fewer losses are never suspicious. */
const FEW = 3

/** What a guard needs of its agent. */
interface Means {
  log: Log
  /** Hears which list is not believed. */
  stale: (note: string) => void
  /** Calls back after a time. */
  after: (milliseconds: number, action: () => void) => void
  /** Has the API server list a kind again. */
  relist: (kind: Kind) => void
  wake: () => void
}

/**
 * Does not believe a list that lacks more than half of what was there: an API server that was restored from an old backup, or
 * answers for another cluster, would take most backends away. A minute later it is asked again, and then it counts.
 */
export class ListGuard {
  readonly #means: Means
  /** The kinds of which a list was not believed. */
  readonly #doubted = new Set<Kind>()
  #start: 'unasked' | 'held' | 'over' = 'unasked'

  constructor(means: Means) {
    this.#means = means
  }

  /** What is to be done about objects that a new list lacks. */
  missing(kind: Kind, known: number, missing: number): 'remove' | 'keep' {
    if (this.#doubted.delete(kind) || !isSuspicious(known, known - missing)) return 'remove'
    this.#doubted.add(kind)
    this.#say(kind, known, known - missing)
    this.#means.after(HOLD_MS, () => this.#means.relist(kind))
    return 'keep'
  }

  /** A new list lacks nothing: it is as trustworthy as the one before. */
  whole(kind: Kind): void {
    this.#doubted.delete(kind)
  }

  /**
   * Whether to begin with the first lists, by how many service ports have a backend: `served` in the maps, undefined where nothing serves,
   * and `now` by the lists. It is asked until it says so.
   */
  mayBegin(served: number | undefined, now: number): boolean {
    if (this.#start === 'unasked') {
      const isDoubted = served !== undefined && isSuspicious(served, now)
      this.#start = isDoubted ? 'held' : 'over'
      if (isDoubted) this.#hold(served, now)
    }
    return this.#start === 'over'
  }

  #hold(served: number, now: number): void {
    this.#say('service ports with a backend', served, now)
    this.#means.after(HOLD_MS, () => {
      this.#start = 'over'
      this.#means.wake()
    })
  }

  #say(what: string, before: number, now: number): void {
    const message = `the API server lists less than half of the ${what}: they are kept for ${HOLD_MS / 1000} s`
    this.#means.log('warning', message, { before, now })
    this.#means.stale(message)
  }
}

function isSuspicious(before: number, now: number): boolean {
  return before - now >= FEW && 2 * now < before
}
