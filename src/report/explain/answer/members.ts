// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf, formatHostPort } from '../../../base/address.ts'
import { policiesOf } from '../../../compile/frontends.ts'
import { atNode, nodeAt, type Viewpoint } from '../../../compile/viewpoint.ts'
import { portKey } from '../../../spec/name.ts'
import type { Endpoint, Node, Port, Service, Spec } from '../../../spec/spec.ts'
import type { MembershipAnswer } from '../explanation.ts'
import { type JudgedEndpoint, judgeEndpoints, type ListScope } from '../view/judge-endpoints.ts'
import type { SpecLines } from './spec-lines.ts'
import { formatStanding } from './standing.ts'

/** The service ports that the endpoint of an address serves, as clients of a host see it. */
export function endpointUsesOf(
  address: Address,
  spec: Spec,
  viewpoint: Viewpoint,
  places: SpecLines,
): MembershipAnswer[] {
  const scopeOf = (service: Service): ListScope => {
    const isLocal = policiesOf(service, 'clusterIP').here === 'Local'
    const node = nodeAt(viewpoint)
    return isLocal ? { policy: 'Local', nodes: node ? [node] : [] } : { policy: 'Cluster', viewpoint }
  }
  return membersIn(spec, e => e.address === address, scopeOf, places)
}

/** The endpoints on a node, as that node sees them: in its own list, where a policy asks for one. */
export function endpointUsesOn(node: Node, spec: Spec, places: SpecLines): MembershipAnswer[] {
  const scopeOf = ({ internalTrafficPolicy, externalTrafficPolicy }: Service): ListScope =>
    internalTrafficPolicy === 'Local' || externalTrafficPolicy === 'Local'
      ? { policy: 'Local', nodes: [node] }
      : { policy: 'Cluster', viewpoint: atNode(node) }
  return membersIn(spec, e => e.node === node.name, scopeOf, places)
}

function membersIn(
  spec: Spec,
  isMeant: (endpoint: Endpoint) => boolean,
  scopeOf: (service: Service) => ListScope,
  places: SpecLines,
): MembershipAnswer[] {
  const affected = spec.services.filter(s => s.endpoints.some(group => group.endpoints.some(isMeant)))
  return affected.flatMap(service =>
    service.ports.flatMap(port => ofPort(service, port, scopeOf(service), isMeant, places)),
  )
}

function ofPort(
  service: Service,
  port: Port,
  scope: ListScope,
  isMeant: (endpoint: Endpoint) => boolean,
  places: SpecLines,
): MembershipAnswer[] {
  return ([4, 6] as const).flatMap(family => {
    if (!service.clusterIPs.some(ip => familyOf(ip) === family)) return []
    const judged = judgeEndpoints(service, port, family, scope)
    return judged.filter(e => isMeant(e.endpoint)).map(e => memberOf(service, port, e, judged, places))
  })
}

function memberOf(
  service: Service,
  port: Port,
  e: JudgedEndpoint,
  all: readonly JudgedEndpoint[],
  places: SpecLines,
): MembershipAnswer {
  const { internalTrafficPolicy, externalTrafficPolicy } = service
  const policies = [
    ...(internalTrafficPolicy === 'Local' ? ['internalTrafficPolicy Local'] : []),
    ...(externalTrafficPolicy === 'Local' ? ['externalTrafficPolicy Local'] : []),
  ]
  const others = all.filter(other => other !== e && other.isUsed && other.endpoint.node === e.endpoint.node)
  return {
    service: portKey(service, port),
    endpoint: formatHostPort(e.endpoint.address, e.number),
    policy: policies.join(', '),
    included: e.isUsed,
    reason: e.standing,
    why: formatStanding(e.standing, e.endpoint),
    onlyOneOnNode: e.isUsed && others.length === 0,
    place: places.endpoint(service, e.group, e.index),
  }
}
