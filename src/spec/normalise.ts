// SPDX-License-Identifier: Apache-2.0
import { byAddress, byCidr } from '../base/address.ts'
import { byText } from '../base/sort.ts'
import { printEndpointLine } from './line/endpoint.ts'
import type { Endpoint, EndpointGroup, Node, Port, Service, Spec } from './spec.ts'

/**
 * The same spec in its one canonical form: everything sorted, no address twice in a list, groups with equal ports merged,
 * empty groups dropped, no zone that an endpoint has from its node. Two specs that mean the same print the same.
 */
export function normalise(spec: Spec): Spec {
  const zones = new Map(spec.nodes.map(node => [node.name, node.zone]))
  return {
    nodes: sorted(spec.nodes, (a, b) => byText(a.name, b.name)).map(normaliseNode),
    services: sorted(spec.services, byServiceName).map(service => normaliseService(service, zones)),
  }
}

/** By namespace, then name. */
export function byServiceName(a: Pick<Service, 'namespace' | 'name'>, b: Pick<Service, 'namespace' | 'name'>): number {
  return byText(a.namespace, b.namespace) || byText(a.name, b.name)
}

/** Groups by their ports: name by name, number by number, the shorter first. */
export function byPorts(a: EndpointGroup, b: EndpointGroup): number {
  for (let i = 0; i < a.ports.length; i++) {
    const port = a.ports[i]!
    const other = b.ports[i]
    if (!other) return 1
    const order = byText(port.name, other.name) || port.number - other.number
    if (order !== 0) return order
  }
  return a.ports.length - b.ports.length
}

/** By address, then by the text of the line, so that the order of the input does not matter. */
export function byEndpoint(a: Endpoint, b: Endpoint): number {
  if (a.address !== b.address) return byAddress(a.address, b.address)
  return byText(printEndpointLine(a), printEndpointLine(b))
}

function normaliseNode(node: Node): Node {
  return { ...node, addresses: unique(node.addresses, byAddress) }
}

function normaliseService(service: Service, zones: ReadonlyMap<string, string | undefined>): Service {
  return {
    ...service,
    clusterIPs: unique(service.clusterIPs, byAddress),
    externalIPs: unique(service.externalIPs, byAddress),
    loadBalancerIPs: unique(service.loadBalancerIPs, byAddress),
    sourceRanges: unique(service.sourceRanges, byCidr),
    ports: sorted(service.ports, (a, b) => byText(a.name, b.name)).map(normalisePort),
    endpoints: mergeGroups(service.endpoints, zones),
  }
}

function normalisePort(port: Port): Port {
  return { ...port, except: unique(port.except, byAddress) }
}

function mergeGroups(groups: EndpointGroup[], zones: ReadonlyMap<string, string | undefined>): EndpointGroup[] {
  const inOrder = groups
    .filter(group => group.endpoints.length > 0)
    .map(group => ({ ...group, ports: sorted(group.ports, (a, b) => byText(a.name, b.name)) }))
    .sort(byPorts)
  const merged: EndpointGroup[] = []
  for (const group of inOrder) {
    const last = merged.at(-1)
    if (last && byPorts(last, group) === 0) last.endpoints = [...last.endpoints, ...group.endpoints]
    else merged.push(group)
  }
  for (const group of merged) {
    group.endpoints = sorted(
      group.endpoints.map(e => normaliseEndpoint(e, zones)),
      byEndpoint,
    )
  }
  return merged
}

function normaliseEndpoint(endpoint: Endpoint, zones: ReadonlyMap<string, string | undefined>): Endpoint {
  const { zone, node } = endpoint
  const isInherited = zone !== undefined && node !== undefined && zones.get(node) === zone
  if (!isInherited && endpoint.forZones.length < 2 && endpoint.forNodes.length < 2) return endpoint
  const lists = { forZones: unique(endpoint.forZones, byText), forNodes: unique(endpoint.forNodes, byText) }
  if (!isInherited) return { ...endpoint, ...lists }
  const { zone: _inherited, ...rest } = endpoint
  return { ...rest, ...lists }
}

/** Sorted; the list itself when it is already, as it is in every printed spec. */
function sorted<T>(items: T[], order: (a: T, b: T) => number): T[] {
  const isSorted = items.every((item, i) => i === 0 || order(items[i - 1]!, item) <= 0)
  return isSorted ? items : [...items].sort(order)
}

/** Sorted and without repeats. */
function unique(texts: string[], order: (a: string, b: string) => number): string[] {
  return texts.length < 2 ? texts : sorted([...new Set(texts)], order)
}
