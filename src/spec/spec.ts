// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'
import type { Protocol } from '../base/protocol.ts'

/**
 * The dataplane spec in memory: cluster-wide, everything that any node needs and nothing that depends on one. It holds both
 * halves: an exposure, each of whose Services has its endpoints. Sorted as the file is, so printing is a walk. The file form
 * is in schema/ and print.ts.
 */
export interface Spec extends Exposure {
  /** By namespace, then name. */
  services: Service[]
}

/** What is reachable, by whom, under which policy: the half that is reviewed. A revision is a hash of it. */
export interface Exposure {
  /** By name. */
  nodes: Node[]
  /** By namespace, then name. */
  services: ExposedService[]
}

/** The endpoints of each Service that has some, by namespace/name: the half that changes by the minute. */
export type Membership = ReadonlyMap<string, readonly EndpointGroup[]>

export interface Node {
  name: string
  /** topology.kubernetes.io/zone; absent when the node has none. */
  zone?: string
  /** All IP addresses of the node's status, on which its node ports answer. */
  addresses: Address[]
}

export interface ExposedService {
  namespace: string
  name: string
  clusterIPs: Address[]
  externalIPs: Address[]
  /** LoadBalancer ingress addresses with ipMode VIP. */
  loadBalancerIPs: Address[]
  /** Canonical CIDRs; they bind loadBalancerIPs of their own family only. */
  sourceRanges: string[]
  internalTrafficPolicy: TrafficPolicy
  externalTrafficPolicy: TrafficPolicy
  healthCheckNodePort?: number
  /** ClientIP affinity, 1…86400 seconds; absent without affinity. */
  affinitySeconds?: number
  /** By name. */
  ports: Port[]
}

/** A Service with its part of the membership. */
export interface Service extends ExposedService {
  endpoints: EndpointGroup[]
}

export type TrafficPolicy = 'Cluster' | 'Local'

export interface Port {
  /** '' for the only port of a Service that has no port names. */
  name: string
  port: number
  protocol: Protocol
  /** The port on every node address, for each family the Service has a cluster IP of. */
  nodePort?: number
  /** VIPs of this Service on which another, older Service owns this port and protocol. */
  except: Address[]
}

/** Endpoints that serve the same ports at the same numbers. */
export interface EndpointGroup {
  /** Port name of the Service → the number the endpoints listen on; by name. */
  ports: { name: string; number: number }[]
  /** By address. */
  endpoints: Endpoint[]
}

/** An endpoint as its EndpointSlice has it, nil conditions resolved (discovery/v1: ready and serving true). */
export interface Endpoint {
  address: Address
  node?: string
  /** Only when it is not the zone of `node`. */
  zone?: string
  ready: boolean
  serving: boolean
  terminating: boolean
  forZones: string[]
  forNodes: string[]
}
