// SPDX-License-Identifier: Apache-2.0
import type { EdgeCounts } from '../bpf/maps/edge-counts.ts'
import type { FlowUse } from '../bpf/maps/flow-use.ts'
import type { Delta } from '../datapath/delta.ts'
import type { Image } from '../datapath/image.ts'
import type { ApplyResult } from '../node/apply.ts'
import type { DestroyedSockets } from '../node/destroy-stale-sockets.ts'
import type { FoundChange } from '../node/edges/find-edge-change.ts'
import type { Plan } from '../plan/plan.ts'
import type { Spec } from '../spec/spec.ts'
import type { Desired } from './desired.ts'

/** What the edges do, all together. */
export interface EdgeFigures {
  /** How often packets met rare cases; undefined when that cannot be read. */
  counts: EdgeCounts | undefined
  /** Undefined when flows cannot be listed. */
  flows: FlowUse | undefined
}

/** What an agent asks of its node, one thing at a time but for `damage`, `edgeFigures`, `findEdgeChange` and `destroyStale`. Failures are those of apply. */
export interface Dataplane {
  /** It is only looked at: nothing is written. */
  readonly isShadow: boolean
  /** SHA-256 of the programs that were applied, in hex. */
  readonly programs: string
  /** How many service ports had a backend when the node was applied last; undefined when nothing serves. */
  readonly served: number | undefined
  /** Takes what serves as it is. Returns whether there is something. */
  adopt(): Promise<boolean>
  /** Makes the node do what a spec says, whatever it holds. After a failure only another apply may follow. */
  apply(spec: Spec): Promise<Pick<ApplyResult, 'changeset' | 'revision'>>
  /**
   * Writes a plan into the maps that serve. Returns why that cannot be, or what failed: then what the maps hold is unknown, and
   * the node is to be applied anew.
   */
  write(plan: Plan, delta: Delta, desired: Image): Promise<string | undefined>
  /** How many entries of the maps are not as they are to be; undefined when nothing is known of the maps. */
  drift(desired: Image): Promise<number | undefined>
  /** Why what serves is not whole; undefined when it is. Edges that `findEdgeChange` looks at are left to it: `areEdgesFollowed`. */
  damage(desired: Desired, areEdgesFollowed: boolean): Promise<string | undefined>
  /** Whether a change of this device may make the edges others, or is damage. */
  watches(device: string): boolean
  /** What is to change at devices: they came or went, or lack programs; undefined when all is as it is to be. */
  findEdgeChange(desired: Desired): Promise<FoundChange | undefined>
  /** Executes such a change, and brings `desired` up to date. Returns why that cannot be, or what failed: as of `write`. */
  changeEdges(found: FoundChange, desired: Desired): Promise<string | undefined>
  /** What metrics show of the edges; undefined where there are none. */
  edgeFigures(): Promise<EdgeFigures | undefined>
  /** Destroys connected UDP sockets whose backend is gone; undefined when nothing is known of the maps. */
  destroyStale(spec: Spec): Promise<DestroyedSockets | undefined>
  /** Records a spec that serves: the checkpoint. Returns whether the disk has it. */
  record(spec: Spec): boolean
}
