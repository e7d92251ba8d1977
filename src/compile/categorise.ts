// SPDX-License-Identifier: Apache-2.0
import { type Backend, byBackend } from '../datapath/backend.ts'
import type { PortEndpoint } from './endpoints.ts'
import { isHinted, type Topology, topologyOf } from './topology.ts'
import { nodeAt, type Viewpoint } from './viewpoint.ts'

/** The lists that traffic policies choose from, for one service port, family and node. */
export interface Categories {
  /** For policy Cluster: ready endpoints that the topology hints allow; without any, those that still serve while terminating. */
  cluster: Backend[]
  /** For policy Local: the same among this node's endpoints, whatever their hints. */
  local: Backend[]
  /** Some endpoint anywhere can serve: an empty local list is then a drop, not a rejection. */
  hasAny: boolean
}

/** Why an endpoint is in the list of a traffic policy (the first two), or why it is not. */
export type EndpointStatus =
  | 'ready'
  /** Terminating and still serving, and the list has no ready one. */
  | 'last-resort'
  /** Ready, but hinted for other zones, or other nodes. */
  | 'other-zone'
  | 'other-node'
  /** Terminating and still serving, but the list has ready ones. */
  | 'draining'
  /** Terminating, and not serving any more. */
  | 'terminated'
  | 'not-ready'
  /** Not on this node. */
  | 'elsewhere'

export function isUsed(status: EndpointStatus): boolean {
  return status === 'ready' || status === 'last-resort'
}

/** The rules by which one host chooses among the endpoints of a service port. */
export interface Rules {
  topology: Topology
  /** In the list of policy Cluster. */
  inCluster(e: PortEndpoint): EndpointStatus
  /** In the list of policy Local. */
  inLocal(e: PortEndpoint): EndpointStatus
  hasAny: boolean
}

/** kube-proxy's CategorizeEndpoints (KEP-1669 terminating fallback, KEP-2433 and KEP-4444 hints), for each endpoint. */
export function rulesFor(endpoints: readonly PortEndpoint[], viewpoint: Viewpoint): Rules {
  const node = nodeAt(viewpoint)
  const ready = endpoints.filter(e => e.endpoint.ready)
  const topology = topologyOf(ready, viewpoint)
  const otherwise = topology === 'nodes' ? 'other-node' : 'other-zone'
  const isHere = (e: PortEndpoint) => node !== undefined && e.endpoint.node === node.name
  const hasReadyHere = ready.some(isHere)
  return {
    topology,
    inCluster: e => {
      if (!e.endpoint.ready) return unready(e, ready.length > 0)
      return isHinted(e.endpoint, topology, viewpoint) ? 'ready' : otherwise
    },
    inLocal: e => {
      if (!isHere(e)) return 'elsewhere'
      return e.endpoint.ready ? 'ready' : unready(e, hasReadyHere)
    },
    hasAny: ready.length > 0 || endpoints.some(e => isUsed(unready(e, false))),
  }
}

/** An endpoint that is not ready serves only while it terminates, and only where no endpoint is ready. */
function unready({ endpoint: { serving, terminating } }: PortEndpoint, hasReady: boolean): EndpointStatus {
  if (!terminating) return 'not-ready'
  if (!serving) return 'terminated'
  return hasReady ? 'draining' : 'last-resort'
}

/** The lists of backends by those rules, in canonical order. */
export function categorise(endpoints: readonly PortEndpoint[], viewpoint: Viewpoint): Categories {
  const { inCluster, inLocal, hasAny } = rulesFor(endpoints, viewpoint)
  return {
    cluster: backends(endpoints.filter(e => isUsed(inCluster(e)))),
    local: backends(endpoints.filter(e => isUsed(inLocal(e)))),
    hasAny,
  }
}

function backends(endpoints: readonly PortEndpoint[]): Backend[] {
  return endpoints.map(e => ({ address: e.endpoint.address, port: e.number })).sort(byBackend)
}
