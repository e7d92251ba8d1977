import { type Backend, byBackend } from '../image/backend.ts'
import type { Node } from '../spec/spec.ts'
import type { PortEndpoint } from './endpoints.ts'

/** The lists that traffic policies choose from, for one service port, family and node. */
export interface Categories {
  /** For policy Cluster: ready endpoints that the topology hints allow, else those still serving while terminating. */
  cluster: Backend[]
  /** For policy Local: the same among this node's endpoints, hints never asked. */
  local: Backend[]
  /** Some endpoint anywhere could serve: an empty local list is then a drop, not a rejection. */
  hasAny: boolean
}

/** kube-proxy's CategorizeEndpoints (KEP-1669 terminating fallback, KEP-2433 and KEP-4444 hints). */
export function categorise(endpoints: readonly PortEndpoint[], node: Node): Categories {
  const ready = endpoints.filter(e => e.endpoint.ready)
  const fallback = endpoints.filter(isDraining)
  const mode = topologyMode(ready, node)
  const here = (e: PortEndpoint) => e.endpoint.node === node.name
  const localReady = ready.filter(here)
  return {
    cluster: backends(ready.length > 0 ? ready.filter(mode) : fallback),
    local: backends(localReady.length > 0 ? localReady : fallback.filter(here)),
    hasAny: ready.length > 0 || fallback.length > 0,
  }
}

function isDraining({ endpoint }: PortEndpoint): boolean {
  return endpoint.serving && endpoint.terminating
}

/**
 * Which ready endpoints this node may use. Hints count only when every ready endpoint has them and one names
 * this node (forNodes) or its zone (forZones); one endpoint without switches them off for the whole port.
 */
function topologyMode(ready: readonly PortEndpoint[], node: Node): (e: PortEndpoint) => boolean {
  const forNode = (e: PortEndpoint) => e.endpoint.forNodes.includes(node.name)
  if (ready.every(e => e.endpoint.forNodes.length > 0) && ready.some(forNode)) return forNode
  const forZone = (e: PortEndpoint) => node.zone !== undefined && e.endpoint.forZones.includes(node.zone)
  if (ready.every(e => e.endpoint.forZones.length > 0) && ready.some(forZone)) return forZone
  return () => true
}

function backends(endpoints: readonly PortEndpoint[]): Backend[] {
  return endpoints.map(e => ({ address: e.endpoint.address, port: e.number })).sort(byBackend)
}
