import { type Address, familyOf, formatHostPort } from '../../base/address.ts'
import { policiesOf } from '../../compile/frontends.ts'
import { portKey } from '../../spec/name.ts'
import type { Endpoint, Node, Port, Service, Spec } from '../../spec/spec.ts'
import type { MemberAnswer } from './explanation.ts'
import { type Judged, judge, type Scope } from './lists.ts'
import type { Places } from './places.ts'
import { standingOf } from './text.ts'

/** Where the endpoint of an address serves, as clients of `node` see it. */
export function membershipsOf(address: Address, spec: Spec, node: Node | undefined, places: Places): MemberAnswer[] {
  const scopeOf = (service: Service): Scope => {
    const isLocal = policiesOf(service, 'clusterIP').here === 'Local'
    return isLocal ? { policy: 'Local', nodes: node ? [node] : [] } : { policy: 'Cluster', node }
  }
  return membersIn(spec, e => e.address === address, scopeOf, places)
}

/** The endpoints on a node, as that node sees them: in its own list, where a policy asks for one. */
export function membersOn(node: Node, spec: Spec, places: Places): MemberAnswer[] {
  const scopeOf = ({ internalTrafficPolicy, externalTrafficPolicy }: Service): Scope =>
    internalTrafficPolicy === 'Local' || externalTrafficPolicy === 'Local'
      ? { policy: 'Local', nodes: [node] }
      : { policy: 'Cluster', node }
  return membersIn(spec, e => e.node === node.name, scopeOf, places)
}

function membersIn(
  spec: Spec,
  isMeant: (endpoint: Endpoint) => boolean,
  scopeOf: (service: Service) => Scope,
  places: Places,
): MemberAnswer[] {
  const affected = spec.services.filter(s => s.endpoints.some(group => group.endpoints.some(isMeant)))
  return affected.flatMap(service =>
    service.ports.flatMap(port => ofPort(service, port, scopeOf(service), isMeant, places)),
  )
}

function ofPort(
  service: Service,
  port: Port,
  scope: Scope,
  isMeant: (endpoint: Endpoint) => boolean,
  places: Places,
): MemberAnswer[] {
  return ([4, 6] as const).flatMap(family => {
    if (!service.clusterIPs.some(ip => familyOf(ip) === family)) return []
    const judged = judge(service, port, family, scope)
    return judged.filter(e => isMeant(e.endpoint)).map(e => memberOf(service, port, e, judged, places))
  })
}

function memberOf(service: Service, port: Port, e: Judged, all: readonly Judged[], places: Places): MemberAnswer {
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
    why: standingOf(e.standing, e.endpoint),
    onlyOneHere: e.isUsed && others.length === 0,
    place: places.endpoint(service, e.group, e.index),
  }
}
