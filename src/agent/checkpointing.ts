// SPDX-License-Identifier: Apache-2.0
import type { Spec } from '../spec/spec.ts'
import type { Timers } from './timers.ts'

/** How long the disk may lack a change, in milliseconds: of endpoints, and of the exposure. */
const ENDPOINTS_MS = 30_000
const EXPOSURE_MS = 1000
const NEVER = Number.POSITIVE_INFINITY

/** What keeping the checkpoint needs of an agent. */
interface Means {
  timers: Timers
  wake: () => void
  /** Writes what serves; returns whether the disk has it. */
  record: (spec: Spec) => boolean
}

/** Decides when the disk gets what serves. It is written in a turn of the agent, by `ifDue`. */
export class Checkpointing {
  readonly #means: Means
  /** The revision that the disk has, or is to get. */
  #revision = ''
  /** When the disk is to have what it lacks (performance.now()). */
  #due = NEVER
  #isDue = false

  constructor(means: Means) {
    this.#means = means
  }

  /** An apply recorded this revision. */
  applied(revision: string): void {
    this.#revision = revision
  }

  /** What serves has changed, and is of this revision now. */
  changed(revision: string): void {
    const isExposure = revision !== this.#revision
    this.#revision = revision
    this.#after(isExposure ? EXPOSURE_MS : ENDPOINTS_MS)
  }

  /** Writes what `spec` gives, if that is due. */
  ifDue(spec: () => Spec): void {
    if (this.#isDue) this.#write(spec())
  }

  /** Writes what the disk lacks, due or not. */
  finish(spec: () => Spec): void {
    if (this.#due !== NEVER) this.#write(spec())
  }

  #write(spec: Spec): void {
    this.#due = NEVER
    this.#isDue = false
    if (!this.#means.record(spec)) this.#after(ENDPOINTS_MS)
  }

  #after(pause: number): void {
    const due = performance.now() + pause
    if (this.#due <= due) return
    this.#due = due
    this.#means.timers.after(pause, () => {
      if (this.#due !== due) return
      this.#isDue = true
      this.#means.wake()
    })
  }
}
