import type { Image } from '../datapath/image.ts'
import type { Spec } from '../spec/spec.ts'
import { assemble } from './assemble.ts'
import { externalHostFrontends } from './external-host.ts'
import type { Frontend } from './frontend.ts'
import { frontendsOf } from './frontends.ts'
import { nodeAt, type Viewpoint } from './viewpoint.ts'

/** What one host is to do: its frontends, and the map entries that serve them. */
export interface NodeImage {
  viewpoint: Viewpoint
  /** Sorted by address (node ports last), port, protocol. */
  frontends: Frontend[]
  /** Everything but the revision, which names the spec and the programs that were applied. */
  image: Image
}

/** Compiles a spec for one host. Pure: equal input gives equal bytes, and nothing is asked of the kernel. */
export function compile(spec: Spec, viewpoint: Viewpoint): NodeImage {
  const frontends = viewpoint.kind === 'node' ? frontendsOf(spec, viewpoint) : externalHostFrontends(spec)
  return { viewpoint, frontends, image: assemble(frontends, spec.nodes, nodeAt(viewpoint)) }
}
