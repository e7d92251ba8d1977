// SPDX-License-Identifier: Apache-2.0
import type { Endpoint, Service, TrafficPolicy } from '../spec/spec.ts'

/** Service ports that have endpoints, but none on the node to which their policy Local keeps the traffic. */
export interface NoLocal {
  internal: number
  external: number
}

const NONE_LACKS: NoLocal = { internal: 0, external: 0 }

/** How many ports of a Service lack a local endpoint on a node, as kube-proxy counts them. */
export function noLocalEndpoints(service: Service, node: string | null): NoLocal {
  const { internalTrafficPolicy, externalTrafficPolicy, ports, endpoints } = service
  if (node === null || ![internalTrafficPolicy, externalTrafficPolicy].includes('Local')) return NONE_LACKS
  const lacking = ports.filter(({ name }) => {
    const all = endpoints.filter(group => group.ports.some(port => port.name === name)).flatMap(g => g.endpoints)
    return all.some(isUsable) && !all.some(endpoint => endpoint.node === node && isUsable(endpoint))
  }).length
  const under = (policy: TrafficPolicy, isReached: boolean): number => (policy === 'Local' && isReached ? lacking : 0)
  return { internal: under(internalTrafficPolicy, true), external: under(externalTrafficPolicy, isExternal(service)) }
}

export function sumOf(counts: Iterable<NoLocal>): NoLocal {
  const sum = { ...NONE_LACKS }
  for (const { internal, external } of counts) {
    sum.internal += internal
    sum.external += external
  }
  return sum
}

/** Ready, or the last resort of a service port: one that terminates and still serves. */
function isUsable({ ready, serving, terminating }: Endpoint): boolean {
  return ready || (serving && terminating)
}

function isExternal({ externalIPs, loadBalancerIPs, ports }: Service): boolean {
  return externalIPs.length > 0 || loadBalancerIPs.length > 0 || ports.some(({ nodePort }) => nodePort !== undefined)
}
