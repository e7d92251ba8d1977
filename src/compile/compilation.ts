// SPDX-License-Identifier: Apache-2.0
import type { Delta } from '../datapath/delta.ts'
import type { Image } from '../datapath/image.ts'
import type { Node, Service } from '../spec/spec.ts'
import { type Contribution, contributionOf, type ImageContext, nodeContributionOf } from './contribution.ts'
import { type Edges, packetClientsOf } from './edges.ts'
import { edgesContributionOf } from './edges-contribution.ts'
import type { Frontend } from './frontend.ts'
import { byFrontend } from './frontends.ts'
import { ImageSum } from './image-sum.ts'
import { atNode, type Viewpoint } from './viewpoint.ts'
import { hasVipAt, nodeAddressesOf, vipsAtNodes } from './vips-at-nodes.ts'

/** What is new in a cluster and on this host: everything else is as it was. */
interface SpecChange {
  /** By `namespace/name`; undefined for a Service that is gone. */
  services?: ReadonlyMap<string, Service | undefined>
  /** All nodes, if any of them changed. */
  nodes?: readonly Node[]
  /** All edges, if any of them changed. */
  edges?: Edges
}

/**
 * The image of one host, kept up to date as Services, nodes and edges change. `compile` is the same sum, made once: the two agree
 * after any changes.
 */
export class Compilation {
  #context: ImageContext
  readonly #sum = new ImageSum()
  readonly #services = new Map<string, Service>()
  readonly #contributions = new Map<string, Contribution>()

  /** Of a node, `viewpoint` may be of an earlier time: a change of `nodes` brings it up to date. */
  constructor(viewpoint: Viewpoint) {
    this.#context = { viewpoint, nodes: [], vipsAtNodes: new Set(), packets: 'none' }
  }

  get viewpoint(): Viewpoint {
    return this.#context.viewpoint
  }

  /** The image now: all maps but `revision`. Later changes change it. */
  get image(): Image {
    return this.#sum.image
  }

  /** How many service ports have a backend. */
  get serving(): number {
    return this.#sum.serving
  }

  /** By address (node ports on every address last), port, protocol. */
  frontends(): Frontend[] {
    return [...this.#contributions.values()].flatMap(({ frontends }) => frontends).sort(byFrontend)
  }

  /** What changed in the image since this was last asked; at first, since the empty image. */
  takeDelta(): Delta {
    return this.#sum.takeDelta()
  }

  /** Brings the image up to date. Costs as much as the Services that change, or that depend on what changed. */
  change({ services = new Map(), nodes, edges }: SpecChange): void {
    const contributions = new Map<string, Contribution | undefined>()
    const dependants = new Set([
      ...(nodes ? this.#changeNodes(nodes, contributions) : []),
      ...(edges ? this.#changeEdges(edges, contributions) : []),
    ])
    const before = [...services.keys()].map(name => this.#services.get(name))
    for (const [name, service] of services) {
      if (service) this.#services.set(name, service)
      else this.#services.delete(name)
    }
    for (const name of this.#changeVips([...before, ...services.values()], nodes !== undefined)) dependants.add(name)
    for (const [name, service] of services) contributions.set(name, service && contributionOf(service, this.#context))
    for (const name of dependants) {
      if (!services.has(name)) contributions.set(name, contributionOf(this.#services.get(name)!, this.#context))
    }
    this.#replace(contributions)
  }

  /** Old contributions go before new ones come, so that a frontend can move from one Service to another. */
  #replace(contributions: ReadonlyMap<string, Contribution | undefined>): void {
    for (const name of contributions.keys()) {
      const old = this.#contributions.get(name)
      if (old) this.#sum.remove(old)
      this.#contributions.delete(name)
    }
    for (const [name, contribution] of contributions) {
      if (!contribution) continue
      this.#sum.add(contribution)
      this.#contributions.set(name, contribution)
    }
  }

  /** Puts the new nodes into place, and what they contribute into `contributions`; returns the Services that depend on them. */
  #changeNodes(nodes: readonly Node[], contributions: Map<string, Contribution | undefined>): string[] {
    const before = this.#context
    const viewpoint = presentViewpoint(before.viewpoint, nodes)
    this.#context = { ...before, viewpoint, nodes }
    for (const { name } of before.nodes) contributions.set(nodeKey(name), undefined)
    for (const node of nodes) contributions.set(nodeKey(node.name), nodeContributionOf(node, viewpoint))
    const names = [...this.#services.keys()]
    if (viewpoint.kind === 'node') return isSameNode(before.viewpoint, viewpoint) ? [] : names
    return this.#withLocalPolicy()
  }

  /** Brings the VIPs at addresses of nodes up to date, after Services changed; returns the Services that depend on them. */
  #changeVips(changed: readonly (Service | undefined)[], isOtherNodes: boolean): string[] {
    const { viewpoint, nodes, vipsAtNodes: before } = this.#context
    if (viewpoint.kind === 'node') return []
    const addresses = nodeAddressesOf(nodes)
    if (!isOtherNodes && !changed.some(service => hasVipAt(addresses, service))) return []
    const vips = vipsAtNodes(this.#services.values(), addresses)
    this.#context = { ...this.#context, vipsAtNodes: vips }
    const isSame = vips.size === before.size && [...vips].every(vip => before.has(vip))
    return isSame ? [] : this.#withLocalPolicy()
  }

  #withLocalPolicy(): string[] {
    return [...this.#services].flatMap(([name, service]) => (service.externalTrafficPolicy === 'Local' ? [name] : []))
  }

  /** The same for the edges. Services depend on which packets are translated. */
  #changeEdges(edges: Edges, contributions: Map<string, Contribution | undefined>): string[] {
    const before = this.#context
    this.#context = { ...before, packets: packetClientsOf(edges) }
    contributions.set(EDGES_KEY, edgesContributionOf(edges))
    return before.packets === this.#context.packets ? [] : [...this.#services.keys()]
  }
}

/** No Service and no node has this key. */
const EDGES_KEY = 'edges'

/** No Service has this key: its slash is followed by a name. */
function nodeKey(name: string): string {
  return `node ${name}`
}

/** A node that is gone keeps its last zone and addresses, so that its Services stay as they are. */
function presentViewpoint(viewpoint: Viewpoint, nodes: readonly Node[]): Viewpoint {
  if (viewpoint.kind === 'external') return viewpoint
  const { name } = viewpoint.node
  return atNode(nodes.find(node => node.name === name) ?? viewpoint.node)
}

/** Whether Services look the same from both: their addresses matter to source ranges, the zone to topology hints. */
function isSameNode(a: Viewpoint, b: Viewpoint): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
