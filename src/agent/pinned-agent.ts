// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import type { Spec } from '../spec/spec.ts'
import { Agent, type AgentContext } from './agent.ts'
import { FixedSpec } from './desired.ts'

/** An agent that applies a spec whenever it changes. What apply would refuse is refused: the last good spec serves on. */
export class PinnedAgent extends Agent {
  readonly #node: string | null
  readonly #read: () => Promise<Spec>
  #isChanged = true

  /** `read` reads the spec; its failures say what is wrong with it. */
  constructor(context: AgentContext, read: () => Promise<Spec>) {
    super(context)
    this.#node = context.node
    this.#read = read
    this.wake()
  }

  /** The spec may be another one now. */
  changed(): void {
    this.#isChanged = true
    this.progress.queued()
    this.wake()
  }

  protected override async work(): Promise<void> {
    if (!this.#isChanged) return
    this.#isChanged = false
    this.progress.taken()
    const spec = await this.#read().catch(error => this.#unreadable(error))
    if (!spec) return
    const candidate = new FixedSpec(spec, this.#node)
    const failed = await this.applies.apply(candidate, 'the spec is new')
    if (failed) {
      // Only another spec helps against a refusal.
      this.#isChanged = failed.exitCode !== EXIT.invalidInput
      return
    }
    this.desired = candidate
    this.isUpToDate = true
  }

  #unreadable(error: unknown): undefined {
    if (!(error instanceof Failure)) throw error
    this.fail(error, 'the last good spec serves on')
    this.applies.failure = error.message
    this.progress.settled()
  }
}
