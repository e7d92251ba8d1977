// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import type { Dataplane } from './dataplane.ts'
import type { Desired } from './desired.ts'
import { EdgeKeeper } from './edge-keeper.ts'
import type { HealthPorts } from './http/health-ports.ts'
import type { ProxyHealth } from './http/proxy-health.ts'
import type { Log } from './log.ts'
import { Looks } from './looks.ts'
import type { Progress } from './progress.ts'
import { reportFailure } from './report-failure.ts'
import type { AgentRequest } from './request.ts'
import type { Sample } from './sample.ts'
import type { AgentStatus, Status } from './status.ts'
import { Timers } from './timers.ts'
import { Wakefulness } from './wakefulness.ts'
import { WholeApply } from './whole-apply.ts'

/** How often an agent does what nothing asks it to, in milliseconds. */
export interface Pace {
  /** The maps are read back. About: a fifth more or less, so that the nodes of a cluster do not do it together. */
  resync: number
  /** What is attached is looked at. */
  look: number
  /** What metrics show of the edges is read; undefined for never. It takes a tenth of a second of a processor where hundreds of thousands of flows are. */
  count?: number
}

/** What every agent is made of. */
export interface AgentContext {
  dataplane: Dataplane
  /** The name of the host; null for a host outside the cluster. */
  node: string | null
  pace: Pace
  status: Status
  progress: Progress
  /** Follows the healthCheckNodePorts of what serves. */
  ports: Pick<HealthPorts, 'follow'>
  log: Log
}

/** How long after an apply what metrics show of the edges is read, in milliseconds. */
const FIRST_COUNT_MS = 1000

/**
 * Keeps a node doing what is desired, until it is told to stop. One thing at a time: a change, a whole apply, the comparison of the maps;
 * only the look at what is attached runs beside them.
 */
export abstract class Agent {
  readonly status: Status
  protected readonly dataplane: Dataplane
  protected readonly log: Log
  protected readonly progress: Progress
  protected readonly timers = new Timers()
  protected readonly applies: WholeApply
  /** Whether the Node of this host may get traffic from load balancers, as far as that is known. */
  protected isNodeEligible = true
  /** What the node is to do; undefined as long as that is not known. */
  protected desired: Desired | undefined
  /** Whether that is up to date, and not only a checkpoint. */
  protected isUpToDate = false
  readonly #pace: Pace
  readonly #ports: Pick<HealthPorts, 'follow'>
  readonly #wakefulness = new Wakefulness()
  readonly #looks: Looks
  readonly #edges: EdgeKeeper
  #isResyncDue = false

  constructor({ dataplane, pace, status, progress, ports, log }: AgentContext) {
    this.dataplane = dataplane
    this.#pace = pace
    this.status = status
    this.progress = progress
    this.#ports = ports
    this.log = log
    const { timers } = this
    const wake = () => this.wake()
    const serves = (desired: Desired) => {
      this.serves(desired)
      this.#countSoon()
    }
    this.applies = new WholeApply({ dataplane, status, progress, timers, log, wake, serves })
    this.#edges = new EdgeKeeper({
      dataplane,
      applies: this.applies,
      log,
      wake,
      desired: () => (this.isUpToDate ? this.desired : undefined),
      unseen: error => this.#unseen(error),
    })
    this.#looks = new Looks(
      () => this.#watched(() => this.#edges.look()),
      pace.look,
      (time, action) => timers.after(time, action),
    )
  }

  /** Works until `signal`, then does what is left to do. What serves stays. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.wake())
    this.#looks.begin()
    this.timers.every(this.#pace.look, () => this.#watched(() => this.#look()))
    if (this.#pace.count !== undefined) this.timers.every(this.#pace.count, () => this.#countAtEdges())
    this.#scheduleResync()
    try {
      while (!signal.aborted) {
        await this.#wakefulness.sleep()
        if (!signal.aborted) await this.#watched(() => this.#work())
      }
      await this.work()
      await this.finish()
    } finally {
      this.timers.clear()
    }
  }

  /** The health of this agent as a service proxy. */
  health(): ProxyHealth {
    const { isHealthy } = this.progress
    return { updated: this.status.written, isHealthy, isNodeEligible: this.isNodeEligible }
  }

  /** Why what is desired does not serve; empty when it does. What was applied serves on while an API server is gone. */
  notReady(): string[] {
    const { failure } = this.applies
    if (failure !== undefined) return [failure]
    return this.isUpToDate ? [] : ['what is desired is not known yet']
  }

  /** What this agent is at this moment. */
  sample(): Sample {
    return {
      status: this.status.current,
      isHealthy: this.progress.isHealthy,
      isReady: this.notReady().length === 0,
      waiting: this.progress.waiting / 1000,
      pending: this.pending(),
      figures: this.desired?.figures(),
      exposure: this.exposure(),
      edges: this.#edges.figures,
    }
  }

  /** Does what a request asks for, and says what the agent does then. A refusal is a Failure. */
  answer(request: AgentRequest): AgentStatus {
    if (request.task !== 'status') this.holdOrRelease(request)
    return { ...this.status.get(), notReady: this.notReady() }
  }

  /** Only an agent that takes reviewed exposures can hold one. */
  protected holdOrRelease(_request: AgentRequest): void {
    const message = `the agent runs in mode ${this.status.get().mode}: it takes no reviewed exposure`
    throw failure(EXIT.invalidInput, 'nothing-to-hold', message, 'balancing agent --exposure DIR takes one')
  }

  /** There is something to do. */
  wake(): void {
    this.#wakefulness.wake()
  }

  /** A device of the host has changed; undefined: any of them may have. */
  deviceChanged(device: string | undefined): void {
    if (device === undefined || this.dataplane.watches(device)) this.#looks.soon()
  }

  /** What is reviewed. */
  protected exposure(): Sample['exposure'] {
    return undefined
  }

  /** What has changed and is not taken. */
  protected pending(): Sample['pending'] {
    return { services: 0, endpoints: 0 }
  }

  /** Does what a change of what is desired asks for. */
  protected abstract work(): Promise<void>

  /** The last thing before the agent ends. */
  protected async finish(): Promise<void> {}

  /**
   * Before a network is asked: what serves is left as it is, and where nothing serves, or it is damaged, the checkpoint is applied.
   * `checkpoint` is the spec that was applied last, or why there is none.
   */
  async start(checkpoint: Desired | string): Promise<void> {
    const serves = await this.dataplane.adopt()
    if (typeof checkpoint === 'string') {
      this.log('info', serves ? 'what serves is adopted' : 'nothing serves yet', { checkpoint })
      return
    }
    this.desired = checkpoint
    const damage = await this.dataplane.damage(checkpoint, false)
    if (damage !== undefined) {
      await this.applies.apply(checkpoint, `the checkpoint, because ${damage}`)
      return
    }
    this.log('info', 'what serves is adopted')
    this.serves(checkpoint)
  }

  /** The node does what is desired. */
  protected serves(desired: Desired): void {
    this.progress.settled()
    this.status.served()
    this.#ports.follow(desired.healthPorts())
  }

  protected fail(failure: Failure, consequence: string): void {
    reportFailure(this.log, this.status, failure, consequence)
  }

  /** Looks soon at what is attached: what the edges are to be may have changed. */
  protected lookSoon(): void {
    this.#looks.soon()
  }

  async #work(): Promise<void> {
    if (this.applies.isPausing || (await this.applies.ifDue(this.desired))) return
    await this.work()
    await this.#edges.change()
    if (this.#isResyncDue) await this.#resync()
  }

  /** Work that makes the agent unhealthy when it hangs. */
  async #watched(work: () => Promise<void>): Promise<void> {
    const ended = this.progress.began()
    try {
      await work()
    } finally {
      ended()
    }
  }

  #scheduleResync(): void {
    this.timers.after(this.#pace.resync * (0.8 + 0.4 * Math.random()), () => {
      this.#isResyncDue = true
      this.wake()
      this.#scheduleResync()
    })
  }

  /** Compares the maps with what they are to hold, and repairs them. */
  async #resync(): Promise<void> {
    this.#isResyncDue = false
    if (!this.desired || !this.isUpToDate) return
    const entries = await this.dataplane.drift(this.desired.image).catch(error => this.#unseen(error))
    if (entries !== undefined) this.status.resynced(entries)
    if (entries === 0) return
    if (entries !== undefined) this.log('warning', 'the maps do not hold what was written', { entries })
    await this.applies.apply(this.desired, 'resync')
  }

  /** Reads what metrics show of the edges. */
  #countAtEdges(): Promise<void> {
    return this.#watched(() => this.#edges.count())
  }

  /** The edges may be of another generation. */
  #countSoon(): void {
    if (this.#pace.count !== undefined) this.timers.after(FIRST_COUNT_MS, () => void this.#countAtEdges())
  }

  /** Looks at what is attached, and has it repaired. */
  async #look(): Promise<void> {
    const { desired, applies } = this
    if (!desired || applies.isPausing || applies.isUnderWay) return
    const at = applies.count
    const damage = await this.dataplane.damage(desired, this.isUpToDate).catch(error => this.#unseen(error))
    if (damage === undefined || at !== applies.count || this.desired !== desired) return
    this.log('warning', 'what serves is damaged, and is repaired', { damage })
    this.status.damaged(damage)
    applies.later(damage)
  }

  /** What cannot be looked at is looked at later. */
  #unseen(error: unknown): undefined {
    if (!(error instanceof Failure)) throw error
    this.fail(error, 'what serves cannot be looked at')
  }
}
