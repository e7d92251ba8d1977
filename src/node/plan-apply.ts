// SPDX-License-Identifier: Apache-2.0
import type { NodeImage } from '../compile/compile.ts'
import type { Names } from '../report/change/print.ts'
import { revisionOf } from '../spec/revision.ts'
import type { Spec } from '../spec/spec.ts'
import { type Changeset, planChangeset } from './changeset.ts'
import { requireImage } from './compile-for.ts'
import { type DeviceChoice, resolveEdges } from './edges/resolve-edges.ts'
import type { Unserved } from './edges/unserved.ts'
import type { XdpChoice } from './edges/xdp-devices.ts'
import type { EventSink } from './events.ts'
import type { History } from './history/history.ts'
import type { ObservedNode } from './inspect-node.ts'
import { namesOf, withNamesInHistory } from './names.ts'

/** What an apply of a spec would do on a node. */
export interface PlannedApply {
  /** Of the spec. */
  revision: string
  compiled: NodeImage
  changeset: Changeset
  /** Backends that no edge leads to. */
  unserved: readonly Unserved[]
  /** Why the facts of the node give no edge; undefined when they do, or were not asked. */
  whyNoEdges?: string | undefined
  /** Names of the frontends of the spec, and of those that it removes. */
  names: Names
}

/** Finds the edges of this node, compiles a spec for `forNode` (null: a host outside the cluster) and compares it with what this node has. Reads only. */
export async function planApply(
  node: ObservedNode,
  history: History,
  spec: Spec,
  forNode: string | null,
  choice: { devices: DeviceChoice; xdp: XdpChoice },
  events: EventSink,
): Promise<PlannedApply> {
  events({ kind: 'compiling' })
  const { edges, xdp, unserved, whyNone } = await resolveEdges(choice.devices, choice.xdp, node.state, spec, forNode)
  const compiled = requireImage(spec, forNode, edges)
  const revision = revisionOf(spec)
  const changeset = await planChangeset(node, compiled.image, revision, edges, xdp)
  events({ kind: 'planned', changeset })
  const names = withNamesInHistory(namesOf(compiled), history)
  return { revision, compiled, changeset, unserved, whyNoEdges: whyNone, names }
}
