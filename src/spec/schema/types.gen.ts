// SPDX-License-Identifier: Apache-2.0
// Generated from schema/dataplane-spec.v1alpha1.json by: node scripts/schema-types.ts

/**
 * A zone: letters, digits, dots, dashes and underscores; other characters as in a URL: a space is %20.
 */
export type Zone = string
/**
 * An IPv4 or IPv6 address.
 */
export type Address = string
/**
 * A network: ADDRESS/PREFIX.
 */
export type Cidr = string
/**
 * A port: 1 to 65535.
 */
export type PortNumber = number
/**
 * PORT[:NODEPORT]/PROTOCOL[ except=ADDRESS,ADDRESS]. The addresses after except= are VIPs of this Service on which another Service owns this port.
 */
export type PortLine = string
/**
 * ADDRESS[ NODE][ zone=ZONE][ for-zones=A,B][ for-nodes=N,M][ not-ready][ not-serving][ terminating]. The zone is the node's own unless given; a node whose name is one of the last three words is written node=NAME. Letters, digits, dots, dashes and underscores of a name stand for themselves; other characters are written as in a URL: a space is %20.
 */
export type EndpointLine = string

/**
 * What every node's Service dataplane does: cluster-wide, and the same bytes for the same cluster state.
 */
export interface DataplaneSpecFile {
  /**
   * The version of this form.
   */
  apiVersion: 'balancing.elf.io/v1alpha1'
  /**
   * The kind of this document.
   */
  kind: 'DataplaneSpec'
  /**
   * The nodes of the cluster by name.
   */
  nodes: {
    [k: string]: NodeEntry
  }
  /**
   * What is exposed, by namespace/name: the part that is reviewed.
   */
  services: {
    [k: string]: ServiceEntry
  }
  /**
   * Who serves it, by namespace/name of a Service above: the part that changes by the minute. A Service without endpoints is left out. A file without this section is an exposure, which is reviewed but not applied.
   */
  endpoints?: {
    [k: string]: EndpointGroupEntry[]
  }
}
/**
 * A node of the cluster.
 */
export interface NodeEntry {
  /**
   * topology.kubernetes.io/zone of the node; left out when it has none.
   */
  zone?: Zone
  /**
   * All IP addresses of the node: those on which its node ports answer.
   */
  addresses?: Address[]
}
/**
 * What one Service exposes, to whom and how.
 */
export interface ServiceEntry {
  /**
   * The cluster IPs: at least one. Their families are the families of the Service.
   *
   * @minItems 1
   */
  clusterIPs: [Address, ...Address[]]
  /**
   * External IPs of the Service. Default: none.
   */
  externalIPs?: Address[]
  /**
   * Load balancer ingress addresses with ipMode VIP. Default: none.
   */
  loadBalancerIPs?: Address[]
  /**
   * CIDRs that may use the load balancer IPs of their own family. Default: everyone may.
   */
  sourceRanges?: Cidr[]
  /**
   * Which endpoints clients in the cluster get: all, or those of their own node. Default: Cluster.
   */
  internalTrafficPolicy?: 'Cluster' | 'Local'
  /**
   * Which endpoints clients outside the cluster get: all, or those of the node they reach. Default: Cluster.
   */
  externalTrafficPolicy?: 'Cluster' | 'Local'
  /**
   * The port on which a load balancer asks a node whether it has endpoints of this Service (external policy Local).
   */
  healthCheckNodePort?: PortNumber
  /**
   * For how many seconds a client keeps its endpoint (ClientIP affinity). Default: no affinity.
   */
  affinitySeconds?: number
  /**
   * The ports by name; the only port of a Service may have the name "".
   */
  ports: {
    [k: string]: PortLine
  }
}
/**
 * Endpoints that serve the same ports at the same numbers.
 */
export interface EndpointGroupEntry {
  /**
   * Port name of the Service: the number that the endpoints listen on.
   */
  ports: {
    [k: string]: PortNumber
  }
  /**
   * The endpoints, one a line.
   */
  addresses: EndpointLine[]
}
