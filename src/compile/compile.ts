// SPDX-License-Identifier: Apache-2.0
import type { Result } from '../base/diagnostic.ts'
import { finish, type Steps } from '../base/steps.ts'
import type { Image } from '../datapath/image.ts'
import type { Spec } from '../spec/spec.ts'
import { contributionOf, nodeContributionOf } from './contribution.ts'
import { type Edges, NO_EDGES, packetClientsOf } from './edges.ts'
import { edgesContributionOf } from './edges-contribution.ts'
import type { Frontend } from './frontend.ts'
import { byFrontend } from './frontends.ts'
import { ImageSum } from './image-sum.ts'
import { type FrontendContext, type Viewpoint, viewpointIn } from './viewpoint.ts'
import { nodeAddressesOf, vipsAtNodes } from './vips-at-nodes.ts'

/** What one host is to do: its frontends, and the map entries that serve them. */
export interface NodeImage {
  viewpoint: Viewpoint
  /** By address (node ports on every address last), port, protocol; sorted when first asked for. */
  readonly frontends: readonly Frontend[]
  /** Everything but the revision, which names the spec and the programs that were applied. */
  image: Image
}

/** Compiles a spec for one host. Pure: equal input gives equal bytes, and nothing is asked of the kernel. */
export function compile(spec: Spec, viewpoint: Viewpoint, edges: Edges = NO_EDGES): NodeImage {
  return finish(compiling(spec, viewpoint, edges))
}

/** The same, Service by Service. */
function* compiling({ nodes, services }: Spec, viewpoint: Viewpoint, edges: Edges): Steps<NodeImage> {
  const sum = new ImageSum()
  sum.add(edgesContributionOf(edges))
  const frontends: Frontend[] = []
  for (const node of nodes) sum.add(nodeContributionOf(node, viewpoint))
  const context = { ...contextOf({ nodes, services }, viewpoint), packets: packetClientsOf(edges) }
  for (const service of services) {
    const contribution = contributionOf(service, context)
    sum.add(contribution)
    frontends.push(...contribution.frontends)
    yield
  }
  let sorted: Frontend[] | undefined
  return {
    viewpoint,
    get frontends() {
      sorted ??= frontends.sort(byFrontend)
      return sorted
    },
    image: sum.image,
  }
}

/** What the frontends of each Service of a spec depend on, at one host. */
export function contextOf({ nodes, services }: Spec, viewpoint: Viewpoint): FrontendContext {
  const vips = viewpoint.kind === 'node' ? NONE : vipsAtNodes(services, nodeAddressesOf(nodes))
  return { viewpoint, nodes, vipsAtNodes: vips }
}

const NONE: ReadonlySet<string> = new Set()

/** The steps of compileFor: the last one returns the image. */
export function compilingFor(spec: Spec, node: string | null, edges: Edges): Result<Steps<NodeImage>> {
  const { value: viewpoint, diagnostics } = viewpointIn(spec.nodes, node)
  return { value: viewpoint && compiling(spec, viewpoint, edges), diagnostics }
}

/** Compiles a spec for a node, or for a host outside the cluster (null). A node that the spec does not have is an error. */
export function compileFor(spec: Spec, node: string | null, edges: Edges = NO_EDGES): Result<NodeImage> {
  const { value: viewpoint, diagnostics } = viewpointIn(spec.nodes, node)
  return { value: viewpoint && compile(spec, viewpoint, edges), diagnostics }
}
