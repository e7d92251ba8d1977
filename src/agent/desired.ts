// SPDX-License-Identifier: Apache-2.0
import { compileFor } from '../compile/compile.ts'
import { type Edges, NO_EDGES } from '../compile/edges.ts'
import { type Delta, deltaBetween } from '../datapath/delta.ts'
import { emptyImage, type Image } from '../datapath/image.ts'
import { encodeRevision, REVISION_KEY } from '../datapath/revision.ts'
import { servingIn } from '../report/change/losses.ts'
import { serviceKey } from '../spec/name.ts'
import { revisionOf } from '../spec/revision.ts'
import type { Service, Spec } from '../spec/spec.ts'
import { entriesOf, type Figures } from './figures.ts'
import { healthOf, type ServiceHealth } from './http/service-health.ts'
import { type NoLocal, noLocalEndpoints, sumOf } from './no-local-endpoints.ts'

/** What a node is to do, from wherever an agent knows it. */
export interface Desired {
  /** The spec as it is now. */
  spec(): Spec
  /** The same with its canonical text, for those that write it down. */
  specWithText(): Spec
  /** The maps that are to be, `revision` included. */
  readonly image: Image
  readonly edges: Edges
  /** The healthCheckNodePorts of the host, by `namespace/name` of their Services. */
  healthPorts(): ReadonlyMap<string, ServiceHealth>
  figures(): Figures
  /** The spec was applied, with these edges and these programs: they are what the image has from now on. */
  settle(edges: Edges, programs: string): void
  /** The edges are others from now on. Returns what that changes in the image, and all that changed before and was not taken. */
  moveTo(edges: Edges, programs: string): Delta
}

/** A spec from a file. */
export class FixedSpec implements Desired {
  readonly #spec: Spec
  readonly #node: string | null
  #edges: Edges = NO_EDGES
  #programs = ''
  #image: Image | undefined
  #noLocal: NoLocal | undefined

  constructor(spec: Spec, node: string | null) {
    this.#spec = spec
    this.#node = node
  }

  spec(): Spec {
    return this.#spec
  }

  specWithText(): Spec {
    return this.#spec
  }

  get edges(): Edges {
    return this.#edges
  }

  get image(): Image {
    this.#image ??= this.#compiled()
    return this.#image
  }

  figures(): Figures {
    this.#noLocal ??= sumOf(this.#spec.services.map(service => noLocalEndpoints(service, this.#node)))
    const entries = this.#image && entriesOf(this.#image)
    return { services: this.#spec.services.length, noLocal: this.#noLocal, entries }
  }

  healthPorts(): ReadonlyMap<string, ServiceHealth> {
    const named = (service: Service) => [serviceKey(service), healthOf(service, this.#node)] as const
    return new Map(this.#spec.services.map(named).filter((entry): entry is [string, ServiceHealth] => !!entry[1]))
  }

  settle(edges: Edges, programs: string): void {
    this.#edges = edges
    this.#programs = programs
    this.#image = undefined
  }

  moveTo(edges: Edges, programs: string): Delta {
    const before = this.image
    this.settle(edges, programs)
    return deltaBetween(before, this.image)
  }

  /** Nothing for a node that the spec does not have: it was refused by then. */
  #compiled(): Image {
    const { image = emptyImage() } = compileFor(this.#spec, this.#node, this.#edges).value ?? {}
    const serving = servingIn(image).size
    const revision = encodeRevision({ spec: revisionOf(this.#spec), programs: this.#programs, serving })
    return { ...image, revision: new Map([[REVISION_KEY, revision]]) }
  }
}
