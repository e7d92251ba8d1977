// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../base/diagnostic.ts'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import type { Steps } from '../base/steps.ts'
import type { Finding } from '../cluster/finding.ts'
import type { Raw } from '../cluster/reader.ts'
import { inTurns } from '../node/in-turns.ts'
import { planOf } from '../plan/plan-of.ts'
import type { Spec } from '../spec/spec.ts'
import { Agent, type AgentContext } from './agent.ts'
import { apiServerIn } from './api-server.ts'
import { Checkpointing } from './checkpointing.ts'
import type { Desired } from './desired.ts'
import type { ReviewedExposure } from './gate/reviewed-exposure.ts'
import { Latency } from './latency.ts'
import { ListGuard } from './list-guard.ts'
import { fieldsOf } from './log.ts'
import { Model } from './model.ts'
import { isEligible } from './node-eligibility.ts'
import type { AgentRequest } from './request.ts'
import type { Sample } from './sample.ts'
import { StaleSockets } from './stale-sockets.ts'
import { ClusterStore, KINDS, type Kind } from './store.ts'

/**
 * An agent whose membership is that of an API server, and whose exposure is, too, or what both the API server and a review allow. A
 * watch tells it what is new by calling its methods; it makes one plan of all that is new while the plan before is written.
 */
export class LiveAgent extends Agent {
  readonly #node: string | null
  readonly #store = new ClusterStore(finding => this.#report(finding))
  readonly #model: Model
  readonly #review: ReviewedExposure | undefined
  readonly #guard: ListGuard
  readonly #latency = new Latency()
  readonly #listed = new Set<Kind>()
  readonly #checkpointing: Checkpointing
  readonly #sockets: StaleSockets
  /** Nodes changed: the edges may be others. */
  #hasOtherNodes = false

  constructor(context: AgentContext, review?: ReviewedExposure) {
    super(context)
    const { node, log, status, dataplane } = context
    const wake = () => this.wake()
    this.#node = node
    this.#model = new Model(node, review?.gate)
    this.#review = review
    if (review) {
      review.wake = wake
      review.stale = note => status.stale(note)
    }
    const record = (spec: Spec) => {
      const isRecorded = dataplane.record(spec)
      if (isRecorded) status.recorded()
      return isRecorded
    }
    this.#checkpointing = new Checkpointing({ timers: this.timers, wake, record })
    this.#sockets = new StaleSockets({ dataplane, status, log, spec: () => this.#model.spec() })
    this.#guard = new ListGuard({
      log,
      stale: note => status.stale(note),
      after: (milliseconds, action) => this.timers.after(milliseconds, action),
      relist: kind => this.relist(kind),
      wake,
    })
  }

  /** What has a kind listed again. It is set before the watch begins. */
  relist: (kind: Kind) => void = () => {}

  /** A list of all objects of a kind begins: `put` tells them, one by one. */
  listing(): void {}

  /** An object was added or changed. */
  put(kind: Kind, key: string, object: Raw): void {
    if (kind === 'nodes' && key === this.#node) this.isNodeEligible = isEligible(object)
    const isNew = this.#store.put(kind, key, object)
    if (isNew && kind === 'endpointslices' && this.isUpToDate) this.#latency.changed(object)
    this.#came(kind, isNew)
  }

  /** An object was deleted, or did not come in a list. */
  remove(kind: Kind, key: string): void {
    if (kind === 'nodes' && key === this.#node) this.isNodeEligible = false
    this.#came(kind, this.#store.remove(kind, key))
  }

  /** A list lacks objects that were known. */
  missing(kind: Kind, { known, missing }: { known: number; missing: number }): 'remove' | 'keep' {
    return this.#guard.missing(kind, known, missing)
  }

  /** The list is whole. */
  listed(kind: Kind, { objects, removed, kept }: { objects: number; removed: number; kept: number }): void {
    if (removed === 0 && kept === 0) this.#guard.whole(kind)
    this.log('info', 'listed', { kind, objects, removed, kept })
    this.#listed.add(kind)
    this.wake()
  }

  answered(host: string, status: number): void {
    this.status.answered('GET', host, status)
  }

  /** The API server has answered. */
  connected(kind: Kind, server: string): void {
    this.status.connected(kind, server)
  }

  /** An attempt failed; the next one comes after a pause. */
  lost(kind: Kind, problem: Diagnostic, pause: number): void {
    this.status.lost(kind, problem.code, problem.message)
    this.log('warning', problem.message, { kind, ...fieldsOf(problem), pause: Math.round(pause) })
  }

  /** An object is passed over. */
  skipped(kind: Kind, { code, message }: Diagnostic): void {
    this.log('warning', message, { kind, code })
  }

  /** Where the API server is, by what is applied. */
  apiServer(): ReturnType<typeof apiServerIn> {
    return apiServerIn(this.desired?.spec() ?? { nodes: [], services: [] })
  }

  override async start(checkpoint: Desired | string): Promise<void> {
    this.#review?.begin(typeof checkpoint === 'string' ? undefined : checkpoint.spec())
    await super.start(checkpoint)
  }

  override notReady(): string[] {
    return [...super.notReady(), ...(this.#review?.notReady() ?? [])]
  }

  protected override holdOrRelease(request: AgentRequest): void {
    if (!this.#review) super.holdOrRelease(request)
    else if (request.task === 'hold') this.#review.hold(request)
    else this.#review.release()
  }

  protected override async work(): Promise<void> {
    if (!KINDS.every(kind => this.#listed.has(kind)) || this.#review?.isHeardOf === false) return
    const began = performance.now()
    this.progress.taken()
    this.#latency.taken()
    const services = await inTurns(this.#takeChanges())
    if (this.desired !== this.#model) {
      await this.#begin()
      return
    }
    const delta = this.#model.takeDelta(this.dataplane.programs)
    const plan = planOf(delta)
    const reason = await this.dataplane.write(plan, delta, this.#model.image)
    if (reason !== undefined) {
      if (await this.applies.apply(this.#model, reason)) return
    } else {
      this.serves(this.#model)
      if (plan.steps.length > 0) this.#flushed(services, plan.steps.length, performance.now() - began)
    }
    if (this.#hasOtherNodes) this.lookSoon()
    this.#hasOtherNodes = false
    if (this.#model.takeStale()) this.#sockets.destroy()
    this.#checkpointing.ifDue(() => this.#model.specWithText())
  }

  #flushed(services: number, writes: number, duration: number): void {
    this.status.flushed(this.#model.revision(), writes, duration)
    this.log('debug', 'flushed', { services, writes, milliseconds: Math.round(duration * 100) / 100 })
    this.#checkpointing.changed(this.#model.revision())
  }

  protected override exposure(): Sample['exposure'] {
    const review = this.#review
    return review && { pending: review.gate.pending, isRejected: review.notReady().length > 0 }
  }

  protected override pending(): Sample['pending'] {
    return this.#store.pending
  }

  protected override serves(desired: Desired): void {
    super.serves(desired)
    this.status.programmed(this.#latency.written(Date.now()))
  }

  protected override async finish(): Promise<void> {
    this.#checkpointing.finish(() => this.#model.specWithText())
  }

  /** The API server told of an object, which may say something new. */
  #came(kind: Kind, isNew: boolean): void {
    if (isNew) this.status.changed(kind)
    if (!this.#store.isDirty) return
    if (this.isUpToDate) this.progress.queued()
    this.wake()
  }

  /** Brings the model up to date. Returns how many Services changed. */
  *#takeChanges(): Steps<number> {
    let services = 0
    this.#review?.take(this.#store.service('default/kubernetes')?.clusterIPs ?? [])
    for (const names of this.#review?.takeDirty() ?? []) {
      yield
      services += this.#model.serveAgain(names)
    }
    for (const change of this.#store.take()) {
      yield
      this.#hasOtherNodes ||= change.nodes !== undefined
      services += this.#model.change(change)
    }
    this.#review?.sayPending()
    return services
  }

  /** The first time that all is known: whatever serves is compared with it. */
  async #begin(): Promise<void> {
    if (!this.#model.isNodeKnown()) {
      const hint = 'give the name that kubectl get nodes shows: --node, or $NODE_NAME'
      throw failure(EXIT.invalidInput, 'unknown-node', `the cluster has no node "${this.#node}"`, hint)
    }
    if (!this.#guard.mayBegin(this.dataplane.served, this.#model.serving)) return
    this.desired = this.#model
    this.isUpToDate = true
    this.progress.queued()
    this.progress.taken()
    this.#checkpointing.applied(this.#model.revision())
    await this.applies.apply(this.#model, 'the lists are whole')
  }

  /** Each object is read as render reads it, so what it says of a Service is what render says. */
  #report({ severity, code, message }: Finding): void {
    this.log(severity, message, { code })
  }
}
