import type { Image } from '../datapath/image.ts'
import { serviceKey } from '../spec/name.ts'
import type { Spec } from '../spec/spec.ts'
import { Compilation } from './compilation.ts'
import type { Frontend } from './frontend.ts'
import type { Viewpoint } from './viewpoint.ts'

/** What one host is to do: its frontends, and the map entries that serve them. */
export interface NodeImage {
  viewpoint: Viewpoint
  /** Sorted by address (node ports last), port, protocol; sorted when first asked for. */
  readonly frontends: readonly Frontend[]
  /** Everything but the revision, which names the spec and the programs that were applied. */
  image: Image
}

/** Compiles a spec for one host. Pure: equal input gives equal bytes, and nothing is asked of the kernel. */
export function compile(spec: Spec, viewpoint: Viewpoint): NodeImage {
  const compilation = new Compilation(viewpoint)
  const services = new Map(spec.services.map(service => [serviceKey(service), service]))
  compilation.change({ nodes: spec.nodes, services })
  let frontends: Frontend[] | undefined
  return {
    viewpoint,
    get frontends() {
      frontends ??= compilation.frontends()
      return frontends
    },
    image: compilation.image,
  }
}
