import { type Family, familyOf, formatHostPort } from '../base/address.ts'
import type { Endpoint, Service } from '../spec/spec.ts'

/** An endpoint of one service port: the endpoint and the number it listens on there. */
export interface PortEndpoint {
  endpoint: Endpoint
  number: number
}

/**
 * The endpoints of one service port in one family, each address and number once. Of several copies the one
 * wins that is not terminating, then ready, then on this node; after that the spec's order (slice name) holds.
 */
export function endpointsOf(service: Service, portName: string, family: Family, node: string): PortEndpoint[] {
  const chosen = new Map<string, PortEndpoint>()
  for (const group of service.endpoints) {
    const number = group.ports.find(p => p.name === portName)?.number
    if (number === undefined) continue
    for (const endpoint of group.endpoints) {
      if (familyOf(endpoint.address) !== family) continue
      const key = formatHostPort(endpoint.address, number)
      const rival = chosen.get(key)
      if (!rival || rank(endpoint, node) > rank(rival.endpoint, node)) chosen.set(key, { endpoint, number })
    }
  }
  return [...chosen.values()]
}

function rank(endpoint: Endpoint, node: string): number {
  return (endpoint.terminating ? 0 : 4) + (endpoint.ready ? 2 : 0) + (endpoint.node === node ? 1 : 0)
}
