// SPDX-License-Identifier: Apache-2.0

/** A change may wait so long, and a piece of work take so long, in milliseconds: twice kube-proxy's default sync period of 30 s. */
const HEALTH_TIMEOUT = 60_000

/** A clock that does not jump, in milliseconds. */
type Clock = () => number

/** Whether an agent gets on with its work: since when a change waits to be written, and since when a piece of work has not ended. */
export class Progress {
  readonly #clock: Clock
  /** When the oldest change came that is not taken yet, and when the oldest came that is taken and not written yet. */
  #queued: number | undefined
  #taken: number | undefined
  /** When each piece of work began that has not ended. */
  readonly #work = new Set<{ began: number }>()

  constructor(clock: Clock = () => performance.now()) {
    this.#clock = clock
  }

  /** A change came. */
  queued(): void {
    this.#queued ??= this.#clock()
  }

  /** The changes that came until now are about to be written. */
  taken(): void {
    this.#taken ??= this.#queued
    this.#queued = undefined
  }

  /** What was taken is written, or was refused: writing it again does not help. */
  settled(): void {
    this.#taken = undefined
  }

  /** A piece of work begins. Returns what to call when it ends. */
  began(): () => void {
    const work = { began: this.#clock() }
    this.#work.add(work)
    return () => this.#work.delete(work)
  }

  /** Milliseconds that the oldest change has waited; 0 when none waits. */
  get waiting(): number {
    const oldest = this.#taken ?? this.#queued
    return oldest === undefined ? 0 : this.#clock() - oldest
  }

  /** Milliseconds that the longest piece of work has taken so far. */
  get working(): number {
    const [oldest] = this.#work
    return oldest === undefined ? 0 : this.#clock() - oldest.began
  }

  /** Whether no change waits for too long, and no work hangs. An agent that starts or has nothing to do is healthy. */
  get isHealthy(): boolean {
    return this.waiting < HEALTH_TIMEOUT && this.working < HEALTH_TIMEOUT
  }
}
