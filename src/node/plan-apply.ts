// SPDX-License-Identifier: Apache-2.0
import { requireScope, type SocketScope } from '../bpf/generation/socket-scope.ts'
import type { NodeImage } from '../compile/compile.ts'
import type { Names } from '../report/change/print.ts'
import { revisionOf } from '../spec/revision.ts'
import type { Spec } from '../spec/spec.ts'
import { type Changeset, planChangeset } from './changeset.ts'
import { requireImageInTurns } from './compile-for.ts'
import { type EdgeChoice, resolveEdges } from './edges/resolve-edges.ts'
import type { Unserved } from './edges/unserved.ts'
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
  /** Patterns of pods' devices that no device matches. */
  unmatched: readonly string[]
  /** Devices that were asked for and are passed over: an agent serves them when it can. */
  passedOver: readonly string[]
  /** Devices that come later are served without another apply. */
  isLenient: boolean
  /** Names of the frontends of the spec, and of those that it removes. */
  names: Names
}

/** Finds the edges of this node, compiles a spec for `forNode` (null: a host outside the cluster) and compares it with what this node has. Reads only. */
export async function planApply(
  node: ObservedNode,
  history: History,
  spec: Spec,
  forNode: string | null,
  choice: EdgeChoice & { sockets: SocketScope | 'present' },
  events: EventSink,
): Promise<PlannedApply> {
  events({ kind: 'compiling' })
  const sockets = choice.sockets === 'present' ? (node.state.current?.sockets ?? 'all') : choice.sockets
  requireScope(sockets)
  const { edges, xdp, unserved, whyNone, unmatched, passedOver } = await resolveEdges(choice, node.state, spec, forNode)
  const compiled = await requireImageInTurns(spec, forNode, edges)
  const revision = revisionOf(spec)
  const changeset = await planChangeset(node, compiled.image, revision, { edges, xdp, sockets })
  events({ kind: 'planned', changeset })
  const names = withNamesInHistory(namesOf(compiled), history)
  const isLenient = choice.isLenient === true
  return {
    revision,
    compiled,
    changeset,
    unserved: unserved(),
    whyNoEdges: whyNone,
    unmatched,
    passedOver,
    isLenient,
    names,
  }
}
