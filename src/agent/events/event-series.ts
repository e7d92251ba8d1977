// SPDX-License-Identifier: Apache-2.0
import { type ClusterEvent, microTime, type Series } from './cluster-event.ts'

/** Events that may be written at once after a quiet time, and how long each takes to come back, in milliseconds: 10 a minute. */
const BURST = 10
const REFILL = 6000
/** A repeated event is written no more often, in milliseconds. */
const REPEAT = 60_000
/** An event that did not happen for so long is a new one when it does, in milliseconds. */
const FORGET = 600_000

/** What is to be written of an event: a new Event, or that the one of this `id` happened again. */
export type Write = { id: string; series: Series | undefined }

interface Known {
  id: string
  count: number
  seen: number
  written: number
}

/** Turns events into few writes: the same event counts up, and no more than ten a minute are written. Times in milliseconds since 1970. */
export class EventSeries {
  readonly #known = new Map<string, Known>()
  #left = BURST
  #at = 0

  /** The event happened. Undefined when nothing is to be written of it. */
  next(event: ClusterEvent, now: number): Write | undefined {
    this.#forget(now)
    const key = JSON.stringify(event)
    const known = this.#known.get(key)
    if (!known) {
      if (!this.#spend(now)) return undefined
      const id = (now * 1000 + this.#known.size).toString(16)
      this.#known.set(key, { id, count: 1, seen: now, written: now })
      return { id, series: undefined }
    }
    known.count++
    known.seen = now
    if (now - known.written < REPEAT || !this.#spend(now)) return undefined
    known.written = now
    return { id: known.id, series: { count: known.count, lastObservedTime: microTime(now) } }
  }

  /** The Event of this event is gone, or was never written. */
  lost(event: ClusterEvent): void {
    this.#known.delete(JSON.stringify(event))
  }

  #forget(now: number): void {
    for (const [key, { seen }] of this.#known) if (now - seen > FORGET) this.#known.delete(key)
  }

  #spend(now: number): boolean {
    this.#left = Math.min(BURST, this.#left + Math.max(0, now - this.#at) / REFILL)
    this.#at = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
