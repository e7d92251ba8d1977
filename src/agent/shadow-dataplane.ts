// SPDX-License-Identifier: Apache-2.0

import type { SocketScope } from '../bpf/generation/socket-scope.ts'
import { countChanges, deltaBetween } from '../datapath/delta.ts'
import type { Image } from '../datapath/image.ts'
import type { EdgeChoice } from '../node/edges/resolve-edges.ts'
import type { EventSink } from '../node/events.ts'
import type { History } from '../node/history/history.ts'
import { inspectNode } from '../node/inspect-node.ts'
import { type PlannedApply, planApply } from '../node/plan-apply.ts'
import { hashOfPrograms } from '../node/shipped-programs.ts'
import type { Target } from '../node/target.ts'
import type { Spec } from '../spec/spec.ts'
import type { Dataplane } from './dataplane.ts'

/** A node that is only looked at: what an agent would write there is compared with what something else has written. Takes no lock. */
export class ShadowDataplane implements Dataplane {
  readonly isShadow = true
  readonly programs: string
  readonly served = undefined
  readonly #target: Target
  readonly #history: History
  readonly #node: string | null
  readonly #choice: EdgeChoice & { sockets: SocketScope }
  readonly #events: EventSink

  constructor(
    target: Target,
    history: History,
    node: string | null,
    choice: EdgeChoice & { sockets: SocketScope },
    events: EventSink,
  ) {
    this.#target = target
    this.#history = history
    this.#node = node
    this.#choice = choice
    this.#events = events
    this.programs = hashOfPrograms(target.object)
  }

  async adopt(): Promise<boolean> {
    return (await inspectNode(this.#target)).state.current !== undefined
  }

  async apply(spec: Spec): Promise<PlannedApply> {
    const node = await inspectNode(this.#target)
    return planApply(node, this.#history, spec, this.#node, this.#choice, this.#events)
  }

  async write(): Promise<undefined> {
    return undefined
  }

  async drift(desired: Image): Promise<number | undefined> {
    const observed = await (await inspectNode(this.#target)).observed()
    if (!observed) return undefined
    return countChanges(deltaBetween(observed, desired))
  }

  async damage(): Promise<undefined> {
    return undefined
  }

  watches(): boolean {
    return false
  }

  async findEdgeChange(): Promise<undefined> {}

  async changeEdges(): Promise<undefined> {}

  async edgeFigures(): Promise<undefined> {
    return undefined
  }

  async destroyStale(): Promise<undefined> {
    return undefined
  }

  record(): boolean {
    return true
  }
}
