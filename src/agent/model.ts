// SPDX-License-Identifier: Apache-2.0
import { byText } from '../base/sort.ts'
import { Compilation } from '../compile/compilation.ts'
import { type Edges, NO_EDGES } from '../compile/edges.ts'
import { losesUdpBackend } from '../compile/stale.ts'
import { atNode, EXTERNAL, viewpointIn } from '../compile/viewpoint.ts'
import type { Delta } from '../datapath/delta.ts'
import type { Image } from '../datapath/image.ts'
import { encodeRevision, REVISION_KEY } from '../datapath/revision.ts'
import { renderNodes } from '../render/nodes.ts'
import { type ClusterChange, Rendering } from '../render/rendering.ts'
import { RunningSpec } from '../spec/running-spec.ts'
import type { Node, Service, Spec } from '../spec/spec.ts'
import type { Desired } from './desired.ts'
import { entriesOf, type Figures } from './figures.ts'
import type { ServiceGate } from './gate/service-gate.ts'
import { healthOf, type ServiceHealth } from './http/service-health.ts'
import { type NoLocal, noLocalEndpoints, sumOf } from './no-local-endpoints.ts'

/**
 * What a cluster means for one host, kept up to date change by change: the spec, its image, and what changed in the image. After any
 * changes the image is that of a full render and compile. Pure.
 */
export class Model implements Desired {
  readonly #node: string | null
  readonly #rendering = new Rendering()
  readonly #running = new RunningSpec()
  readonly #compilation: Compilation
  readonly #health = new Map<string, ServiceHealth>()
  /** A copy of that, as long as it is up to date. */
  #healthPorts: ReadonlyMap<string, ServiceHealth> | undefined
  readonly #gate: ServiceGate | undefined
  /** Services that lack local endpoints. */
  readonly #noLocal = new Map<string, NoLocal>()
  #edges: Edges = NO_EDGES
  /** The value of `revision` that was taken last. */
  #revision: string | undefined
  #losesUdp = false

  /** `node`: the name of the host; null for a host outside the cluster. `gate`: what holds a part of the Services back, if anything does. */
  constructor(node: string | null, gate?: ServiceGate) {
    this.#node = node
    this.#gate = gate
    this.#compilation = new Compilation(node === null ? EXTERNAL : atNode({ name: node, addresses: [] }))
  }

  /** The maps that are to be; `revision` as it was taken last. Later changes change the others. */
  get image(): Image {
    const revision = new Map(this.#revision === undefined ? [] : [[REVISION_KEY, this.#revision]])
    return { ...this.#compilation.image, revision }
  }

  get edges(): Edges {
    return this.#edges
  }

  /** How many Services the spec has. */
  get services(): number {
    return this.#running.size
  }

  /** How many service ports have a backend. */
  get serving(): number {
    return this.#compilation.serving
  }

  /** SHA-256, in hex, of the exposure. */
  revision(): string {
    return this.#running.revision()
  }

  spec(): Spec {
    return this.#running.spec()
  }

  specWithText(): Spec {
    return this.#running.specWithText()
  }

  figures(): Figures {
    const noLocal = sumOf(this.#noLocal.values())
    return { services: this.services, noLocal, entries: entriesOf(this.image) }
  }

  healthPorts(): ReadonlyMap<string, ServiceHealth> {
    this.#healthPorts ??= new Map(this.#health)
    return this.#healthPorts
  }

  settle(edges: Edges, programs: string): void {
    this.moveTo(edges, programs)
  }

  moveTo(edges: Edges, programs: string): Delta {
    if (JSON.stringify(edges) !== JSON.stringify(this.#edges)) {
      this.#edges = edges
      this.#compilation.change({ edges })
    }
    return this.takeDelta(programs)
  }

  /** Whether the cluster has the node of this host. */
  isNodeKnown(): boolean {
    return viewpointIn(this.#running.nodes, this.#node).value !== undefined
  }

  /** Brings the model up to date. Costs as much as the Services that change. Returns how many those are. */
  change(change: ClusterChange): number {
    const live = this.#rendering.change(change)
    const nodes = change.nodes && this.#withOwn(renderNodes(change.nodes))
    return this.#serve(this.#gate?.change(live) ?? live, nodes)
  }

  /** Serves Services, by `namespace/name`, as the gate lets them through now. Returns how many those are. */
  serveAgain(names: readonly string[]): number {
    return this.#gate ? this.#serve(this.#gate.serveAgain(names)) : 0
  }

  #changeHealth(name: string, health: ServiceHealth | undefined): void {
    if (!health && !this.#health.has(name)) return
    if (health) this.#health.set(name, health)
    else this.#health.delete(name)
    this.#healthPorts = undefined
  }

  #changeNoLocal(name: string, service: Service | undefined): void {
    const lacks = service && noLocalEndpoints(service, this.#node)
    if (lacks && lacks.internal + lacks.external > 0) this.#noLocal.set(name, lacks)
    else this.#noLocal.delete(name)
  }

  /** What changed in the image since this was last asked, the revision included. `programs`: the hash of those that serve. */
  takeDelta(programs: string): Delta {
    const { changes, sizes } = this.#compilation.takeDelta()
    const observed = this.#revision
    const revision = { spec: this.#running.revision(), programs, serving: this.serving }
    const desired = encodeRevision(revision)
    this.#revision = desired
    return {
      changes: { ...changes, revision: observed === desired ? [] : [{ key: REVISION_KEY, observed, desired }] },
      sizes: { ...sizes, revision: observed === undefined ? 0 : 1 },
    }
  }

  /** Whether sockets may have become stale since this was last asked: connected UDP sockets whose backend is gone. */
  takeStale(): boolean {
    const loses = this.#losesUdp
    this.#losesUdp = false
    return loses
  }

  #serve(services: ReadonlyMap<string, Service | undefined>, nodes?: Node[]): number {
    for (const [name, service] of services) {
      this.#losesUdp ||= losesUdpBackend(this.#running.service(name), service)
      this.#changeHealth(name, service && healthOf(service, this.#node))
      this.#changeNoLocal(name, service)
    }
    this.#running.change(services, nodes)
    this.#compilation.change(nodes ? { services, nodes } : { services })
    return services.size
  }

  /** A node whose object was deleted while its agent runs keeps what it had: it serves on. */
  #withOwn(nodes: Node[]): Node[] {
    const before = this.#running.nodes.find(({ name }) => name === this.#node)
    if (!before || nodes.some(({ name }) => name === this.#node)) return nodes
    return [...nodes, before].sort((a, b) => byText(a.name, b.name))
  }
}
