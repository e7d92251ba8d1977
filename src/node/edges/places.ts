// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { Steps } from '../../base/steps.ts'
import type { Spec } from '../../spec/spec.ts'

/** Where the addresses of a spec are, seen from one node. An address of a node is none of an endpoint here. */
export interface Places {
  /** Of this node. */
  own: ReadonlySet<Address>
  /** Of the other nodes. */
  nodes: ReadonlySet<Address>
  /** Endpoints of this node, and all others. */
  endpointsHere: ReadonlySet<Address>
  endpointsElsewhere: ReadonlySet<Address>
}

/** The places of a spec for a node, Service by Service; for a host outside the cluster (null) all is elsewhere. */
export function* placesIn({ nodes, services }: Spec, node: string | null): Steps<Places> {
  const own = new Set(nodes.filter(({ name }) => name === node).flatMap(({ addresses }) => addresses))
  const others = nodes.filter(({ name }) => name !== node).flatMap(({ addresses }) => addresses)
  const endpointsHere = new Set<Address>()
  const endpointsElsewhere = new Set<Address>()
  for (const { endpoints: groups } of services) {
    yield
    for (const { endpoints } of groups) {
      for (const { address, node: host } of endpoints) {
        if (own.has(address)) continue
        if (host === node && node !== null) endpointsHere.add(address)
        else endpointsElsewhere.add(address)
      }
    }
  }
  return { own, nodes: new Set(others.filter(address => !own.has(address))), endpointsHere, endpointsElsewhere }
}
