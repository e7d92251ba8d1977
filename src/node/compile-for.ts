import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import { compile, type NodeImage } from '../compile/compile.ts'
import { viewpointIn } from '../compile/viewpoint.ts'
import type { Spec } from '../spec/spec.ts'

/** Compiles a spec for a node, or for a host outside the cluster (null). A node that the spec does not hold is exit 3. */
export function compileFor(spec: Spec, node: string | null): NodeImage {
  const { value: viewpoint, diagnostics } = viewpointIn(spec.nodes, node)
  if (viewpoint === undefined) throw new Failure(EXIT.invalidInput, diagnostics)
  return compile(spec, viewpoint)
}

/** `node node-a1`, or `a host outside the cluster` for null. */
export function formatNode(node: string | null): string {
  return node === null ? 'a host outside the cluster' : `node ${node}`
}
