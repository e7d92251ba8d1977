// SPDX-License-Identifier: Apache-2.0
import { locatedMessage } from '../base/diagnostic.ts'
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import { shortRevision } from '../base/short-revision.ts'
import type { FoundChange } from '../node/edges/find-edge-change.ts'
import type { Dataplane, EdgeFigures } from './dataplane.ts'
import type { Desired } from './desired.ts'
import type { HealthPorts } from './http/health-ports.ts'
import type { ProxyHealth } from './http/proxy-health.ts'
import type { Log } from './log.ts'
import { Looks } from './looks.ts'
import type { Progress } from './progress.ts'
import type { AgentRequest } from './request.ts'
import type { Sample } from './sample.ts'
import type { AgentStatus, Status } from './status.ts'
import { Wakefulness } from './wakefulness.ts'

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

/** Between two tries of an apply that fails, in milliseconds; doubled for each one more. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/**
 * Keeps a node doing what is desired, until it is told to stop. One thing at a time: a change, a whole apply, the comparison of the maps;
 * only the look at what is attached runs beside them.
 */
export abstract class Agent {
  readonly status: Status
  protected readonly dataplane: Dataplane
  protected readonly log: Log
  protected readonly progress: Progress
  /** Why what is desired was not applied; undefined when it was. */
  protected failure: string | undefined
  /** Whether the Node of this host may get traffic from load balancers, as far as that is known. */
  protected isNodeEligible = true
  /** What the node is to do; undefined as long as that is not known. */
  protected desired: Desired | undefined
  /** Whether that is up to date, and not only a checkpoint. */
  protected isUpToDate = false
  readonly #pace: Pace
  readonly #ports: Pick<HealthPorts, 'follow'>
  readonly #wakefulness = new Wakefulness()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #looks: Looks
  /** What is to change at devices. */
  #found: FoundChange | undefined
  /** Why the whole spec is to be applied; undefined when a change alone will do. */
  #reason: string | undefined
  #pause = FIRST_PAUSE_MS
  #isPausing = false
  #isResyncDue = false
  #edgeFigures: EdgeFigures | undefined
  /** How often all that is desired, or the edges, were applied: what was seen before is no longer so. */
  #applies = 0
  #isApplying = false

  constructor({ dataplane, pace, status, progress, ports, log }: AgentContext) {
    this.dataplane = dataplane
    this.#pace = pace
    this.status = status
    this.progress = progress
    this.#ports = ports
    this.log = log
    this.#looks = new Looks(
      () => this.#watched(() => this.#lookAtDevices()),
      pace.look,
      (time, action) => this.after(time, action),
    )
  }

  /** Works until `signal`, then does what is left to do. What serves stays. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.wake())
    this.#looks.begin()
    this.#every(this.#pace.look, () => this.#watched(() => this.#look()))
    if (this.#pace.count !== undefined) this.#every(this.#pace.count, this.#countAtEdges)
    this.#scheduleResync()
    try {
      while (!signal.aborted) {
        await this.#wakefulness.sleep()
        if (!signal.aborted) await this.#watched(() => this.#work())
      }
      await this.work()
      await this.finish()
    } finally {
      for (const timer of this.#timers) clearTimeout(timer)
    }
  }

  /** The health of this agent as a service proxy. */
  health(): ProxyHealth {
    const { isHealthy } = this.progress
    return { updated: this.status.written, isHealthy, isNodeEligible: this.isNodeEligible }
  }

  /** Why what is desired does not serve; empty when it does. What was applied serves on while an API server is gone. */
  notReady(): string[] {
    if (this.failure !== undefined) return [this.failure]
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
      edges: this.#edgeFigures,
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

  /** The whole spec is to be applied, as the node may hold anything. */
  protected applyLater(reason: string): void {
    this.#reason = reason
    this.wake()
  }

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
      await this.apply(checkpoint, `the checkpoint, because ${damage}`)
      return
    }
    this.log('info', 'what serves is adopted')
    this.serves(checkpoint)
  }

  /** Applies all that is desired. A failure is logged, returned, and tried again after a pause. */
  protected async apply(desired: Desired, reason: string): Promise<Failure | undefined> {
    const began = performance.now()
    this.#beginApplying()
    try {
      const { changeset, revision } = await this.dataplane.apply(desired.specWithText())
      desired.settle(changeset.edges.edges, this.dataplane.programs)
      this.#reason = undefined
      this.#pause = FIRST_PAUSE_MS
      this.failure = undefined
      const milliseconds = Math.round(performance.now() - began)
      this.status.applied(revision, milliseconds)
      this.serves(desired)
      this.#countSoon()
      this.log('info', 'applied', {
        reason,
        revision: shortRevision(revision),
        writes: changeset.plan.steps.length,
        ...(changeset.rebuild && { generation: changeset.rebuild.reason }),
        milliseconds,
        ...(this.dataplane.isShadow && { dryRun: true }),
      })
      return undefined
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      // A refusal changes nothing, and trying it again does not help.
      const isRefused = error.exitCode === EXIT.invalidInput
      this.#reason = isRefused ? undefined : reason
      if (isRefused) this.progress.settled()
      this.failure = error.message
      this.fail(error, `what was applied before serves on`)
      this.#pauseThenWake()
      return error
    } finally {
      this.#isApplying = false
    }
  }

  /** The node does what is desired. */
  protected serves(desired: Desired): void {
    this.progress.settled()
    this.status.served()
    this.#ports.follow(desired.healthPorts())
  }

  /** Logs what went wrong, and shows it as status. */
  protected fail({ diagnostics }: Failure, consequence: string): void {
    for (const diagnostic of diagnostics) {
      const { code, hint } = diagnostic
      this.log('error', `${locatedMessage(diagnostic)}; ${consequence}`, { code, ...(hint !== undefined && { hint }) })
    }
    this.status.failed(diagnostics)
  }

  /** Looks soon at what is attached: what the edges are to be may have changed. */
  protected lookSoon(): void {
    this.#looks.soon()
  }

  /** Calls back after a time, unless the agent ends before. Returns how to forget that. */
  protected after(milliseconds: number, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, milliseconds)
    this.#timers.add(timer)
    return () => {
      clearTimeout(timer)
      this.#timers.delete(timer)
    }
  }

  async #work(): Promise<void> {
    if (this.#isPausing) return
    if (this.#reason !== undefined && this.desired && (await this.apply(this.desired, this.#reason))) return
    await this.work()
    await this.#changeEdges()
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

  #beginApplying(): void {
    this.#applies++
    this.#isApplying = true
    this.#found = undefined
  }

  #pauseThenWake(): void {
    this.#isPausing = true
    this.after(this.#pause, () => {
      this.#isPausing = false
      this.wake()
    })
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS)
  }

  #scheduleResync(): void {
    this.after(this.#pace.resync * (0.8 + 0.4 * Math.random()), () => {
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
    await this.apply(this.desired, 'resync')
  }

  #every(milliseconds: number, action: () => Promise<void>): void {
    this.after(milliseconds, () => {
      action().then(() => this.#every(milliseconds, action))
    })
  }

  /** Looks at devices, and has the edges changed. */
  async #lookAtDevices(): Promise<void> {
    const { desired } = this
    if (!desired || !this.isUpToDate || this.#isPausing || this.#isApplying) return
    const applies = this.#applies
    const found = await this.dataplane.findEdgeChange(desired).catch(error => this.#unseen(error))
    if (!found || applies !== this.#applies || this.desired !== desired) return
    this.#found = found
    this.wake()
  }

  /** Executes what was found, unless all was applied since. */
  async #changeEdges(): Promise<void> {
    const [found, desired] = [this.#found, this.desired]
    if (!found || !desired) return
    const { gained, lost, repaired } = found.change
    const failed = (error: unknown) => {
      if (error instanceof Failure) return error.message
      throw error
    }
    this.#beginApplying()
    const reason = await this.dataplane.changeEdges(found, desired).catch(failed)
    this.#isApplying = false
    if (reason !== undefined) await this.apply(desired, reason)
    else if (gained.length + lost.length + repaired.length > 0) {
      const names = Object.entries({ gained, lost, repaired }).filter(([, devices]) => devices.length > 0)
      this.log('info', 'the edges follow the devices', Object.fromEntries(names.map(([is, of]) => [is, of.join(' ')])))
    }
  }

  /** Reads what metrics show of the edges. */
  #countAtEdges = (): Promise<void> =>
    this.#watched(async () => {
      if (this.#isApplying) return
      this.#edgeFigures = await this.dataplane.edgeFigures().catch(error => this.#unseen(error))
    })

  /** The edges may be of another generation. */
  #countSoon(): void {
    if (this.#pace.count !== undefined) this.after(FIRST_COUNT_MS, () => void this.#countAtEdges())
  }

  /** Looks at what is attached, and has it repaired. */
  async #look(): Promise<void> {
    const { desired } = this
    if (!desired || this.#isPausing || this.#isApplying) return
    const applies = this.#applies
    const damage = await this.dataplane.damage(desired, this.isUpToDate).catch(error => this.#unseen(error))
    if (damage === undefined || applies !== this.#applies || this.desired !== desired) return
    this.log('warning', 'what serves is damaged, and is repaired', { damage })
    this.status.damaged(damage)
    this.applyLater(damage)
  }

  /** What cannot be looked at is looked at later. */
  #unseen(error: unknown): undefined {
    if (!(error instanceof Failure)) throw error
    this.fail(error, 'what serves cannot be looked at')
  }
}
