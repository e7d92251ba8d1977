// SPDX-License-Identifier: Apache-2.0
import { isMap, type Raw } from '../cluster/reader.ts'

/** When the cause of an EndpointSlice's last change happened, as its controller says: Kubernetes' SLI for network programming. */
const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'
/** A longer time is one of clocks that disagree, in milliseconds. */
const LONGEST = 3_600_000

/** How long changes of EndpointSlices take, from their cause until they are written. */
export class Latency {
  /** Trigger times, in milliseconds since 1970, of changes that are not taken yet, and of those that are not written yet. */
  #queued: number[] = []
  #taken: number[] = []

  /** An EndpointSlice has changed. */
  changed({ metadata }: Raw): void {
    const annotations = isMap(metadata) ? metadata.annotations : undefined
    const text = isMap(annotations) ? annotations[TRIGGER_TIME] : undefined
    const time = typeof text === 'string' ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(time)) this.#queued.push(time)
  }

  /** The changes that came until now are about to be written. */
  taken(): void {
    this.#taken = this.#taken.concat(this.#queued)
    this.#queued = []
  }

  /** What was taken is written. Returns how long each change took, in seconds; those that no clock can have measured are left out. */
  written(now: number): number[] {
    const durations = this.#taken.map(time => now - time).filter(duration => duration >= 0 && duration <= LONGEST)
    this.#taken = []
    return durations.map(duration => duration / 1000)
  }
}
