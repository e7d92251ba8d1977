// SPDX-License-Identifier: Apache-2.0
import { type Family, familyOf, formatHostPort } from '../base/address.ts'
import type { Endpoint, Service } from '../spec/spec.ts'
import { nodeAt, type Viewpoint } from './viewpoint.ts'

/** An endpoint of one service port: the endpoint and the number it listens on there. */
export interface PortEndpoint {
  endpoint: Endpoint
  number: number
}

/**
 * The endpoints of one service port in one family, each address and number once. Of several copies the one
 * wins that is not terminating, then ready, then on this node; after that the spec's order (slice name) holds.
 */
export function endpointsOf(service: Service, portName: string, family: Family, viewpoint: Viewpoint): PortEndpoint[] {
  const node = nodeAt(viewpoint)?.name
  const runs: PortEndpoint[][] = []
  for (const group of service.endpoints) {
    const number = group.ports.find(p => p.name === portName)?.number
    if (number !== undefined) runs.push(withoutCopies(group.endpoints, number, family, node))
  }
  return runs.length === 1 ? runs[0]! : mergeRuns(runs, node)
}

/** One group's endpoints of a family. They are sorted by address, so copies are next to each other. */
function withoutCopies(endpoints: readonly Endpoint[], number: number, family: Family, node?: string): PortEndpoint[] {
  const run: PortEndpoint[] = []
  for (const endpoint of endpoints) {
    if (familyOf(endpoint.address) !== family) continue
    const last = run.at(-1)
    if (last?.endpoint.address !== endpoint.address) run.push({ endpoint, number })
    else if (rank(endpoint, node) > rank(last.endpoint, node)) last.endpoint = endpoint
  }
  return run
}

/** Several groups: the same address may stand in more than one, with the same number or another. */
function mergeRuns(runs: readonly PortEndpoint[][], node?: string): PortEndpoint[] {
  const chosen = new Map<string, PortEndpoint>()
  for (const candidate of runs.flat()) {
    const key = formatHostPort(candidate.endpoint.address, candidate.number)
    const rival = chosen.get(key)
    if (!rival || rank(candidate.endpoint, node) > rank(rival.endpoint, node)) chosen.set(key, candidate)
  }
  return [...chosen.values()]
}

function rank(endpoint: Endpoint, node?: string): number {
  const isHere = node !== undefined && endpoint.node === node
  return (endpoint.terminating ? 0 : 4) + (endpoint.ready ? 2 : 0) + (isHere ? 1 : 0)
}
