// SPDX-License-Identifier: Apache-2.0
import { byText } from '../../base/sort.ts'
import { reviewSpecs } from '../../report/review/between-specs.ts'
import type { Review } from '../../report/review/review.ts'
import { same } from '../../report/same.ts'
import { serviceKey } from '../../spec/name.ts'
import type { ExposedService, Exposure, Service } from '../../spec/spec.ts'
import { type GateScope, gated } from './gate.ts'

/** A Service that the API has, and what is served of it. */
interface Pending {
  live: Service
  served: Service | undefined
}

/**
 * Lets through what the API and the reviewed exposure both allow, and is kept up to date Service by Service: `gated` for all of them. Pure.
 * Nodes and endpoints are always those of the API.
 */
export class ServiceGate {
  readonly #scope: GateScope
  readonly #neverHeld: ReadonlySet<string>
  readonly #live = new Map<string, Service>()
  readonly #pending = new Map<string, Pending>()
  #reviewed: ReadonlyMap<string, ExposedService> = new Map()

  /** `neverHeld`: Services, by `namespace/name`, that are served as the API has them. */
  constructor(scope: GateScope, neverHeld: ReadonlySet<string>) {
    this.#scope = scope
    this.#neverHeld = neverHeld
  }

  /** How many Services are served otherwise than the API has them. */
  get pending(): number {
    return this.#pending.size
  }

  /** Live Services by `namespace/name`, undefined for those that are gone. Returns what is served of them. */
  change(services: ReadonlyMap<string, Service | undefined>): Map<string, Service | undefined> {
    return new Map([...services].map(([name, live]) => [name, this.#serve(name, live)]))
  }

  /** What is served of live Services after a review. */
  serveAgain(names: readonly string[]): Map<string, Service | undefined> {
    return this.change(new Map(names.map(name => [name, this.#live.get(name)])))
  }

  /** Another exposure was reviewed. Returns the Services, by `namespace/name`, of which it says something else. */
  review({ services }: Exposure): string[] {
    const before = this.#reviewed
    const now = new Map(services.map(service => [serviceKey(service), exposureOf(service)]))
    this.#reviewed = now
    return [...new Set([...before.keys(), ...now.keys()])].filter(name => !same(before.get(name), now.get(name)))
  }

  /** What the API has beyond what is served, and a review is to decide, of `most` Services at most: the first by name. */
  difference(most: number): Review {
    const names = [...this.#pending.keys()].sort(byText).slice(0, most)
    const pending = names.map(name => this.#pending.get(name)!)
    return reviewSpecs(
      { nodes: [], services: pending.flatMap(({ served }) => (served ? withoutEndpoints(served) : [])) },
      { nodes: [], services: pending.map(({ live, served }) => (served ? withoutEndpoints(live) : live)) },
    )
  }

  /** The Services that are reviewed and that the API does not have, by name. */
  absent(): string[] {
    return [...this.#reviewed.keys()].filter(name => !this.#live.has(name)).sort(byText)
  }

  #serve(name: string, live: Service | undefined): Service | undefined {
    this.#pending.delete(name)
    if (!live) {
      this.#live.delete(name)
      return undefined
    }
    this.#live.set(name, live)
    if (this.#neverHeld.has(name)) return live
    const served = gated(live, this.#reviewed.get(name), this.#scope)
    if (!served || !same(exposureOf(served), exposureOf(live))) this.#pending.set(name, { live, served })
    return served
  }
}

/** Endpoints are not reviewed, and comparing 100,000 of them takes most of a second. */
function withoutEndpoints(service: Service): Service {
  return { ...service, endpoints: [] }
}

/** A Service without its part of the membership: a file of a whole spec has it, too. */
function exposureOf(service: ExposedService): ExposedService {
  const { endpoints: _, ...exposure } = service as Service
  return exposure
}
