// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import { compileFor, compilingFor, type NodeImage } from '../compile/compile.ts'
import { type Edges, NO_EDGES } from '../compile/edges.ts'
import type { Spec } from '../spec/spec.ts'
import { inTurns } from './in-turns.ts'

/** The image of a spec for a node with these edges, or for a host outside the cluster (null). A node that the spec does not have is exit 3. */
export function requireImage(spec: Spec, node: string | null, edges: Edges = NO_EDGES): NodeImage {
  const { value, diagnostics } = compileFor(spec, node, edges)
  if (value === undefined) throw new Failure(EXIT.invalidInput, diagnostics)
  return value
}

/** The same, and the event loop turns meanwhile: 10,000 Services take a second. */
export async function requireImageInTurns(spec: Spec, node: string | null, edges: Edges): Promise<NodeImage> {
  const { value: steps, diagnostics } = compilingFor(spec, node, edges)
  if (!steps) throw new Failure(EXIT.invalidInput, diagnostics)
  return inTurns(steps)
}

/** `node node-a1`, or `a host outside the cluster` for null. */
export function formatNode(node: string | null): string {
  return node === null ? 'a host outside the cluster' : `node ${node}`
}
