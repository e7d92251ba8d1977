// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../base/address.ts'
import { type Backend, byBackend, formatBackend } from '../datapath/backend.ts'
import type { Endpoint, EndpointGroup } from '../spec/spec.ts'

/** The lists that traffic policies choose from, as one node has them. */
export interface Lists {
  cluster: Backend[]
  /** Undefined when nothing tells. */
  local: Backend[] | undefined
  /** Some endpoint is somewhere. */
  hasAny: boolean
}

/** Stands for endpoints elsewhere, of which the maps say only that they exist: addresses for documentation (RFC 5737, 3849). */
const SOMEWHERE: Readonly<Record<Family, Backend>> = {
  4: { address: '192.0.2.1', port: 1 },
  6: { address: '2001:db8::1', port: 1 },
}

/**
 * Endpoints of a service port from which `node` chooses exactly these lists. All are ready. Local ones are on the node, the
 * others nowhere; where some local ones are not in the cluster list, hints for nodes say which are.
 */
export function endpointsFor(portName: string, family: Family, lists: Lists, node: string): EndpointGroup[] {
  const local = new Set((lists.local ?? []).map(formatBackend))
  const cluster = lists.cluster.length > 0 || !lists.hasAny ? lists.cluster : [SOMEWHERE[family]]
  const inCluster = new Set(cluster.map(formatBackend))
  const onlyLocal = (lists.local ?? []).filter(backend => !inCluster.has(formatBackend(backend)))
  const endpoint = (backend: Backend): Endpoint => ({
    address: backend.address,
    ...(local.has(formatBackend(backend)) ? { node } : {}),
    ready: true,
    serving: true,
    terminating: false,
    forZones: [],
    forNodes: onlyLocal.length === 0 ? [] : [inCluster.has(formatBackend(backend)) ? node : `not-${node}`],
  })
  const all = Map.groupBy([...cluster, ...onlyLocal].sort(byBackend), backend => backend.port)
  return [...all].map(([number, backends]) => ({
    ports: [{ name: portName, number }],
    endpoints: backends.map(endpoint),
  }))
}
