// SPDX-License-Identifier: Apache-2.0
import { compile, type NodeImage } from '../../src/compile/compile.ts'
import type { Edges } from '../../src/compile/edges.ts'
import { viewpointIn } from '../../src/compile/viewpoint.ts'
import type { Spec } from '../../src/spec/spec.ts'

/** What a node of a spec (null: a host outside the cluster) is to do. */
export function compileAt(spec: Spec, node: string | null, edges?: Edges): NodeImage {
  return compile(spec, viewpointIn(spec.nodes, node).value!, edges)
}
