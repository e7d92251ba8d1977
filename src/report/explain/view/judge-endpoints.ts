// SPDX-License-Identifier: Apache-2.0
import { type Family, familyOf, formatHostPort } from '../../../base/address.ts'
import { plainCount } from '../../../base/count.ts'
import { isUsed, type Rules, rulesFor } from '../../../compile/categorise.ts'
import { endpointsOf, type PortEndpoint } from '../../../compile/endpoints.ts'
import { countHinted, type HintKind, type Topology, unhinted } from '../../../compile/topology.ts'
import { atNode, EXTERNAL, nodeAt, type Viewpoint, viewpointName } from '../../../compile/viewpoint.ts'
import { encodeText } from '../../../spec/line/text.ts'
import type { Endpoint, Node, Port, Service } from '../../../spec/spec.ts'
import type { EndpointStanding } from '../answer/standing.ts'

/** Which list of a service port decides: that of policy Cluster as one host sees it, or the local ones of some nodes. */
export type ListScope = { policy: 'Cluster'; viewpoint: Viewpoint } | { policy: 'Local'; nodes: readonly Node[] }

/** An endpoint of a service port, and why it is in a list or not. */
export interface JudgedEndpoint {
  endpoint: Endpoint
  number: number
  /** Its place among the groups of the Service. */
  group: number
  index: number
  standing: EndpointStanding
  isUsed: boolean
}

/** Every endpoint of a service port in a family, by address, judged by the rules that compile goes by. */
export function judgeEndpoints(service: Service, port: Port, family: Family, scope: ListScope): JudgedEndpoint[] {
  const views = new Map<string, (e: Endpoint, number: number) => EndpointStanding>()
  const viewOf = (viewpoint: Viewpoint) => {
    const name = viewpointName(viewpoint)
    const view = views.get(name) ?? viewFrom(service, port, family, viewpoint, scope.policy)
    views.set(name, view)
    return view
  }
  const viewpointOf = (e: Endpoint): Viewpoint => {
    if (scope.policy === 'Cluster') return scope.viewpoint
    const node = scope.nodes.find(node => node.name === e.node) ?? scope.nodes[0]
    return node ? atNode(node) : EXTERNAL
  }
  return service.endpoints.flatMap((group, i) => {
    const number = group.ports.find(p => p.name === port.name)?.number
    if (number === undefined) return []
    return group.endpoints.flatMap((endpoint, index) => {
      if (familyOf(endpoint.address) !== family) return []
      const standing = viewOf(viewpointOf(endpoint))(endpoint, number)
      return { endpoint, number, group: i, index, standing, isUsed: standing !== 'copy' && isUsed(standing) }
    })
  })
}

function viewFrom(service: Service, port: Port, family: Family, viewpoint: Viewpoint, policy: ListScope['policy']) {
  const chosen = endpointsOf(service, port.name, family, viewpoint)
  const rules: Rules = rulesFor(chosen, viewpoint)
  const byEndpoint = new Map<Endpoint, PortEndpoint[]>()
  for (const e of chosen) byEndpoint.set(e.endpoint, [...(byEndpoint.get(e.endpoint) ?? []), e])
  return (endpoint: Endpoint, number: number): EndpointStanding => {
    const e = byEndpoint.get(endpoint)?.find(one => one.number === number)
    if (!e) return 'copy'
    return policy === 'Cluster' ? rules.inCluster(e) : rules.inLocal(e)
  }
}

const HINTS: Readonly<Record<HintKind, { name: string; own: (node: Node) => string | undefined }>> = {
  nodes: { name: 'node hints', own: node => node.name },
  zones: { name: 'zone hints', own: node => node.zone && encodeText(node.zone) },
}

/** What topology hints do to a list; undefined when no ready endpoint has any, or the policy ignores them. */
export function formatHints(service: Service, port: Port, family: Family, scope: ListScope): string | undefined {
  if (scope.policy === 'Local') return undefined
  const { viewpoint } = scope
  const endpoints = endpointsOf(service, port.name, family, viewpoint)
  const ready = endpoints.filter(e => e.endpoint.ready)
  const { topology } = rulesFor(endpoints, viewpoint)
  const texts = (['nodes', 'zones'] as const).flatMap(
    kind => hintsOfKind(kind, topology, ready, nodeAt(viewpoint)) ?? [],
  )
  return texts.length === 0 ? undefined : texts.join('; ')
}

function hintsOfKind(
  kind: HintKind,
  topology: Topology,
  ready: readonly PortEndpoint[],
  node: Node | undefined,
): string | undefined {
  const { name, own } = HINTS[kind]
  if (countHinted(kind, ready) === 0) return undefined
  if (!node) return `${name} are not for hosts outside the cluster`
  if (topology === kind) return `${name} are in force: ${kind === 'nodes' ? 'node' : 'zone'} ${own(node)}`
  if (topology === 'nodes') return undefined
  const culprit = unhinted(kind, ready)
  if (culprit)
    return `${name} are off: ${formatHostPort(culprit.endpoint.address, culprit.number)} is ready and has none`
  if (own(node) === undefined) return `${name} are off: ${node.name} has no zone`
  return `${name} are off: none of ${plainCount(ready.length, 'ready endpoint')} is for ${kind === 'nodes' ? '' : 'zone '}${own(node)}`
}
