// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'
import type { EndpointSlice } from '../cluster/endpoint-slice.ts'
import type { Finding } from '../cluster/finding.ts'
import type { Node as SourceNode } from '../cluster/node.ts'
import type { Service as Source } from '../cluster/service.ts'
import { byServiceName } from '../spec/normalise.ts'
import type { Service } from '../spec/spec.ts'
import { vipsOf } from '../spec/vips.ts'
import { type Candidate, type Claim, claimsOf } from './claims.ts'
import { joinEndpoints, type SliceOutcome } from './endpoints.ts'
import { findLost, findNodeAddresses, withoutLost } from './lost-claims.ts'
import { checkNodes } from './nodes.ts'
import { Ownership } from './ownership.ts'
import { checkService, exposureOf, skipReason } from './services.ts'

/** What is new in a cluster: everything else is as it was. */
export interface ClusterChange {
  /** By `namespace/name`; undefined for a Service that is gone. */
  services?: ReadonlyMap<string, Source | undefined>
  /** All EndpointSlices of a Service, by its `namespace/name`, if any of them changed. */
  slices?: ReadonlyMap<string, readonly EndpointSlice[]>
  /** All nodes, if any of them changed. */
  nodes?: readonly SourceNode[]
}

/** What render makes of one Service. */
interface Rendered {
  service: Service
  outcomes: SliceOutcome[]
}

/** The Services of a spec, kept up to date as the cluster changes. A full render is one change from nothing. */
export class Rendering {
  readonly #candidates = new Map<string, Candidate>()
  readonly #slices = new Map<string, readonly EndpointSlice[]>()
  readonly #rendered = new Map<string, Rendered>()
  readonly #owners = new Ownership()
  #nodes: readonly SourceNode[] = []
  /** Zones of nodes, by name. */
  #zones: ReadonlyMap<string, string> = new Map()
  /** Names of nodes, by address. */
  #nodeAddresses: ReadonlyMap<Address, string> = new Map()

  /**
   * Brings the spec up to date. Returns the Services that may be others now, by `namespace/name`; undefined for those
   * that the spec no longer has. Costs as much as they do, and a look at all endpoints when a node's zone changes.
   */
  change({ services = new Map(), slices = new Map(), nodes }: ClusterChange): Map<string, Service | undefined> {
    const moved = nodes ? this.#changeNodes(nodes) : { zones: new Set<string>(), addresses: new Set<Address>() }
    const affected = this.#changeServices(services, moved.addresses)
    for (const [name, own] of slices) {
      if (own.length > 0) this.#slices.set(name, own)
      else this.#slices.delete(name)
      affected.add(name)
    }
    for (const name of this.#servicesOn(moved.zones)) affected.add(name)
    return new Map([...affected].map(name => [name, this.#render(name)]))
  }

  /** By namespace, then name. */
  services(): Service[] {
    return this.#inOrder().map(name => this.#rendered.get(name)!.service)
  }

  /** What became of each EndpointSlice that belongs to a Service of the spec. */
  outcomes(): SliceOutcome[] {
    return [...this.#rendered.values()].flatMap(({ outcomes }) => outcomes)
  }

  /** What is odd about nodes, then about each Service, by namespace and name. */
  findings(): Finding[] {
    return [...checkNodes(this.#nodes), ...this.#inOrder().flatMap(name => this.#findingsOf(name))]
  }

  #findingsOf(name: string): Finding[] {
    const candidate = this.#candidates.get(name)!
    return [
      ...checkService(candidate.source, candidate.spec),
      ...findLost(this.#owners.lostBy(name), this.#owners),
      ...findNodeAddresses(candidate, this.#nodeAddresses),
    ]
  }

  #inOrder(): string[] {
    const services = [...this.#candidates]
    services.sort(([, a], [, b]) => byServiceName(a.spec, b.spec))
    return services.map(([name]) => name)
  }

  /** Returns the Services whose claims, or their owners, changed. `moved`: addresses that are a node's, or no longer. */
  #changeServices(services: ReadonlyMap<string, Source | undefined>, moved: ReadonlySet<Address>): Set<string> {
    const claims = new Map<string, Claim[]>()
    for (const [name, { spec }] of moved.size === 0 ? [] : this.#candidates) {
      if (!services.has(name) && vipsOf(spec).some(address => moved.has(address)))
        claims.set(name, this.#claimsOf(name))
    }
    for (const [name, source] of services) {
      if (source && skipReason(source) === undefined) this.#candidates.set(name, { source, spec: exposureOf(source) })
      else this.#candidates.delete(name)
      claims.set(name, this.#claimsOf(name))
    }
    return this.#owners.replace(claims)
  }

  #claimsOf(name: string): Claim[] {
    const candidate = this.#candidates.get(name)
    return candidate ? claimsOf(candidate, this.#nodeAddresses) : []
  }

  /** Returns the nodes (by name) whose zone changed, and the addresses that became a node's or no longer are. */
  #changeNodes(nodes: readonly SourceNode[]): { zones: Set<string>; addresses: Set<Address> } {
    const [zones, addresses] = [this.#zones, this.#nodeAddresses]
    this.#nodes = nodes
    this.#zones = new Map(nodes.map(node => [node.name, node.zone]))
    this.#nodeAddresses = new Map(nodes.flatMap(node => node.addresses.map(address => [address, node.name] as const)))
    const names = [...zones.keys(), ...this.#zones.keys()]
    const all = [...addresses.keys(), ...this.#nodeAddresses.keys()]
    return {
      zones: new Set(names.filter(name => zones.get(name) !== this.#zones.get(name))),
      addresses: new Set(all.filter(address => addresses.has(address) !== this.#nodeAddresses.has(address))),
    }
  }

  /** The Services with endpoints on some nodes: when a node's zone changes, they name other zones of their own. */
  #servicesOn(nodes: ReadonlySet<string>): string[] {
    if (nodes.size === 0) return []
    const isOn = ({ endpoints }: EndpointSlice) => endpoints.some(({ node }) => node !== undefined && nodes.has(node))
    return [...this.#slices].filter(([, slices]) => slices.some(isOn)).map(([name]) => name)
  }

  #render(name: string): Service | undefined {
    const candidate = this.#candidates.get(name)
    if (!candidate) {
      this.#rendered.delete(name)
      return undefined
    }
    const exposure = withoutLost(candidate, this.#owners.lostBy(name))
    const rendered = renderService(exposure, this.#slices.get(name) ?? [], this.#zones)
    this.#rendered.set(name, rendered)
    return rendered.service
  }
}

/** `exposure` has no endpoints yet. Pure. */
function renderService(
  exposure: Service,
  slices: readonly EndpointSlice[],
  zones: ReadonlyMap<string, string>,
): Rendered {
  const { groups, outcomes } = joinEndpoints(exposure, slices, zones)
  return { service: { ...exposure, endpoints: groups }, outcomes }
}
