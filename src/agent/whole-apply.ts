// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import { shortRevision } from '../base/short-revision.ts'
import type { Dataplane } from './dataplane.ts'
import type { Desired } from './desired.ts'
import type { Log } from './log.ts'
import type { Progress } from './progress.ts'
import { reportFailure } from './report-failure.ts'
import type { Status } from './status.ts'
import type { Timers } from './timers.ts'

/** Between two tries of an apply that fails, in milliseconds; doubled for each one more. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/** What whole applies need of their agent. */
interface Means {
  dataplane: Dataplane
  status: Status
  progress: Progress
  timers: Timers
  log: Log
  wake: () => void
  /** Hears that the node does what is desired. */
  serves: (desired: Desired) => void
}

/** Applies all that is desired, as the node may hold anything. What fails is tried again after a pause. */
export class WholeApply {
  /** Why what is desired was not applied; undefined when it was. */
  failure: string | undefined
  readonly #means: Means
  /** Why all is to be applied; undefined when a change alone will do. */
  #reason: string | undefined
  #pause = FIRST_PAUSE_MS
  #isPausing = false
  #isUnderWay = false
  #count = 0

  constructor(means: Means) {
    this.#means = means
  }

  /** Whether nothing is tried until a pause is over. */
  get isPausing(): boolean {
    return this.#isPausing
  }

  /** Whether programs or devices of the node are being changed. */
  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /** Changes with each apply, and with each change of edges: what was seen of the node before is no longer so. */
  get count(): number {
    return this.#count
  }

  /** All is to be applied at the next turn. */
  later(reason: string): void {
    this.#reason = reason
    this.#means.wake()
  }

  /** Applies, if that is due. Returns a failure, as `apply` does. */
  async ifDue(desired: Desired | undefined): Promise<Failure | undefined> {
    return this.#reason === undefined || !desired ? undefined : this.apply(desired, this.#reason)
  }

  /** A failure is logged, returned, and tried again after a pause. */
  async apply(desired: Desired, reason: string): Promise<Failure | undefined> {
    try {
      await this.alone(() => this.#applyNow(desired, reason))
      return undefined
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#failed(error, reason)
      return error
    }
  }

  /** Does what changes programs or devices of the node. */
  async alone<T>(change: () => Promise<T>): Promise<T> {
    this.#count++
    this.#isUnderWay = true
    try {
      return await change()
    } finally {
      this.#isUnderWay = false
    }
  }

  async #applyNow(desired: Desired, reason: string): Promise<void> {
    const { dataplane, status, log, serves } = this.#means
    const began = performance.now()
    const { changeset, revision } = await dataplane.apply(desired.specWithText())
    desired.settle(changeset.edges.edges, dataplane.programs)
    this.#reason = undefined
    this.#pause = FIRST_PAUSE_MS
    this.failure = undefined
    const milliseconds = Math.round(performance.now() - began)
    status.applied(revision, milliseconds)
    serves(desired)
    log('info', 'applied', {
      reason,
      revision: shortRevision(revision),
      writes: changeset.plan.steps.length,
      ...(changeset.rebuild && { generation: changeset.rebuild.reason }),
      milliseconds,
      ...(dataplane.isShadow && { dryRun: true }),
    })
  }

  #failed(failure: Failure, reason: string): void {
    const { log, status, progress } = this.#means
    // A refusal changes nothing, and trying it again does not help.
    const isRefused = failure.exitCode === EXIT.invalidInput
    this.#reason = isRefused ? undefined : reason
    if (isRefused) progress.settled()
    this.failure = failure.message
    reportFailure(log, status, failure, 'what was applied before serves on')
    this.#pauseThenWake()
  }

  #pauseThenWake(): void {
    const { timers, wake } = this.#means
    this.#isPausing = true
    timers.after(this.#pause, () => {
      this.#isPausing = false
      wake()
    })
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS)
  }
}
