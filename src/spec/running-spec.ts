// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { recordText } from './canonical/text.ts'
import { byServiceName } from './normalise.ts'
import { printEndpointsOf, printHead, printServiceYaml, section } from './print.ts'
import type { Node, Service, Spec } from './spec.ts'

/** A Service and what the canonical text of its spec has of it. */
interface Printed {
  service: Service
  exposure: string
  endpoints: string
}

/**
 * A spec that is kept up to date, Service by Service, together with its canonical text: a change costs as much as the Services
 * that change, and the text of 10,000 others is not printed again.
 */
export class RunningSpec {
  readonly #printed = new Map<string, Printed>()
  /** The same, by namespace and name. */
  readonly #order: Printed[] = []
  #nodes: readonly Node[] = []
  #head = printHead([])
  #revision: string | undefined

  /** By name. */
  get nodes(): readonly Node[] {
    return this.#nodes
  }

  /** How many Services there are. */
  get size(): number {
    return this.#printed.size
  }

  /** The Service `namespace/name`, if there is one. */
  service(name: string): Service | undefined {
    return this.#printed.get(name)?.service
  }

  /** Services by `namespace/name`, undefined for those that are gone; all nodes, sorted by name, if any changed. */
  change(services: ReadonlyMap<string, Service | undefined>, nodes?: readonly Node[]): void {
    if (nodes) this.#setNodes(nodes)
    for (const [name, service] of services) {
      if (service) this.#put(name, service)
      else this.#remove(name)
    }
  }

  /** SHA-256, in hex, of the exposure: revisionOf(spec()), computed again only after the exposure changed. */
  revision(): string {
    this.#revision ??= createHash('sha256').update(this.#exposureText()).digest('hex')
    return this.#revision
  }

  /** The spec as it is now. It does not change later. */
  spec(): Spec {
    return { nodes: [...this.#nodes], services: this.#order.map(({ service }) => service) }
  }

  /** The same with its canonical text, which nothing has to print then. */
  specWithText(): Spec {
    const spec = this.spec()
    const endpoints = section('endpoints', this.#order.map(({ endpoints }) => endpoints).join(''))
    recordText(spec, `${this.#exposureText()}${endpoints}`)
    return spec
  }

  #exposureText(): string {
    return `${this.#head}${section('services', this.#order.map(({ exposure }) => exposure).join(''))}`
  }

  #setNodes(nodes: readonly Node[]): void {
    const head = printHead(nodes)
    this.#nodes = nodes
    if (head !== this.#head) this.#revision = undefined
    this.#head = head
  }

  #put(name: string, service: Service): void {
    const now = { service, exposure: printServiceYaml(service), endpoints: printEndpointsOf(service) }
    const old = this.#printed.get(name)
    if (old?.exposure !== now.exposure) this.#revision = undefined
    this.#printed.set(name, now)
    this.#order.splice(this.#placeOf(service), old ? 1 : 0, now)
  }

  #remove(name: string): void {
    const old = this.#printed.get(name)
    if (!old) return
    this.#revision = undefined
    this.#printed.delete(name)
    this.#order.splice(this.#placeOf(old.service), 1)
  }

  /** Where a Service is in the order, or would be. */
  #placeOf(service: Service): number {
    let [low, high] = [0, this.#order.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (byServiceName(this.#order[middle]!.service, service) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
