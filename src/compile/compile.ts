import { type Diagnostic, error, nearest, type Result } from '../base/diagnostic.ts'
import type { Image } from '../datapath/image.ts'
import type { Node, Spec } from '../spec/spec.ts'
import { assemble } from './assemble.ts'
import { externalHostFrontends } from './external-host.ts'
import type { Frontend } from './frontend.ts'
import { frontendsOf } from './frontends.ts'

/** What one node will do: in words, and as map entries. */
export interface NodeImage {
  /** Its name; `external` for a host that is no node. */
  node: string
  /** Sorted by address (node ports last), port, protocol. */
  frontends: Frontend[]
  /** Everything but the revision, which names the spec and the programs that were applied. */
  image: Image
}

/** Compiles a spec for one of its nodes. Pure: equal input, equal bytes; needs nothing from the kernel. */
export function compile(spec: Spec, nodeName: string): Result<NodeImage> {
  const node = spec.nodes.find(n => n.name === nodeName)
  if (!node) return { value: undefined, diagnostics: [unknownNode(nodeName, spec.nodes)] }
  const frontends = frontendsOf(spec, node)
  const image = assemble(frontends, spec.nodes, node)
  return { value: { node: nodeName, frontends, image }, diagnostics: [] }
}

/** Compiles a spec for a host outside the cluster. */
export function compileExternal(spec: Spec): NodeImage {
  const frontends = externalHostFrontends(spec)
  return { node: 'external', frontends, image: assemble(frontends, spec.nodes, undefined) }
}

function unknownNode(name: string, nodes: readonly Node[]): Diagnostic {
  const names = nodes.map(n => n.name)
  const near = nearest(name, names)
  const some = names.slice(0, 5).join(', ') + (names.length > 5 ? `, … (${names.length} in all)` : '')
  return error('unknown-node', `the spec has no node "${name}"`, {
    hint: near ? `did you mean --node ${near}?` : `give --node; the spec holds ${some || 'no node at all'}`,
  })
}
