// SPDX-License-Identifier: Apache-2.0
import { error, nearest, type Result } from '../base/diagnostic.ts'
import type { Node } from '../spec/spec.ts'

/** The host for which a spec is compiled: a node of the cluster, or a host outside it. */
export type Viewpoint = { kind: 'node'; node: Node } | { kind: 'external' }

/** What the frontends of a Service depend on beside the Service. */
export interface FrontendContext {
  viewpoint: Viewpoint
  /** All nodes of the cluster; only a host outside it asks them, for external policy Local. */
  nodes: readonly Node[]
  /** The frontends of VIPs that are addresses of nodes; only a host outside the cluster asks, as each node looks them up. */
  vipsAtNodes: ReadonlySet<string>
}

/** A host outside the cluster: no endpoint is local to it, it has no zone, and no topology hint names it. */
export const EXTERNAL: Viewpoint = { kind: 'external' }

export function atNode(node: Node): Viewpoint {
  return { kind: 'node', node }
}

/** The viewpoint that a node's name (null: a host outside the cluster) stands for; `unknown-node` if no node has the name. */
export function viewpointIn(nodes: readonly Node[], name: string | null): Result<Viewpoint> {
  if (name === null) return { value: EXTERNAL, diagnostics: [] }
  const node = nodes.find(n => n.name === name)
  if (node) return { value: atNode(node), diagnostics: [] }
  const names = nodes.map(n => n.name)
  const near = nearest(name, names)
  const some = names.slice(0, 5).join(', ') + (names.length > 5 ? `, … (${names.length} in all)` : '')
  const hint = near ? `did you mean --node ${near}?` : `give --node; the spec holds ${some || 'no node at all'}`
  return { value: undefined, diagnostics: [error('unknown-node', `the spec has no node "${name}"`, { hint })] }
}

/** The node itself; undefined for a host outside the cluster. */
export function nodeAt(viewpoint: Viewpoint): Node | undefined {
  return viewpoint.kind === 'node' ? viewpoint.node : undefined
}

/** The node's name, or `external`: what `compile -o json` and `explain` print. */
export function viewpointName(viewpoint: Viewpoint): string {
  return viewpoint.kind === 'node' ? viewpoint.node.name : 'external'
}
