// SPDX-License-Identifier: Apache-2.0
import { type Address, byAddress, type Family, familyOf, parseCidr } from '../base/address.ts'
import { byText } from '../base/sort.ts'
import { serviceKey } from '../spec/name.ts'
import type { Port, Service, TrafficPolicy } from '../spec/spec.ts'
import { categorise } from './categorise.ts'
import { endpointsOf } from './endpoints.ts'
import { asSeenOutside } from './external-host.ts'
import { familiesOf, isVip } from './families.ts'
import type { Frontend, FrontendKind } from './frontend.ts'
import { verdict } from './verdict.ts'
import type { FrontendContext, Viewpoint } from './viewpoint.ts'

/** The frontends of one Service as one host serves them, by port. */
export function frontendsOf(service: Service, context: FrontendContext): Frontend[] {
  const { viewpoint } = context
  const families = familiesOf(service)
  const frontends: Frontend[] = []
  for (const port of service.ports) {
    for (const family of families) frontends.push(...ofFamily(service, port, family, viewpoint))
  }
  if (viewpoint.kind === 'node') return frontends
  return frontends.flatMap(frontend => asSeenOutside(frontend, service, context))
}

function ofFamily(service: Service, port: Port, family: Family, viewpoint: Viewpoint): Frontend[] {
  const categories = categorise(endpointsOf(service, port.name, family, viewpoint), viewpoint)
  const answers = (kind: FrontendKind) => {
    const { here, elsewhere } = policiesOf(service, kind)
    return { internal: verdict(categories, here), external: verdict(categories, elsewhere) }
  }
  const base = {
    family,
    protocol: port.protocol,
    service: serviceKey(service),
    portName: port.name,
    affinitySeconds: service.affinitySeconds ?? 0,
  }
  const clusterIP = { ...base, externalLocal: false, sourceRanges: [], ...answers('clusterIP') }
  const exposed = {
    ...base,
    externalLocal: service.externalTrafficPolicy === 'Local',
    sourceRanges: [] as string[],
    ...answers('nodePort'),
  }
  const ranges = service.sourceRanges.filter(r => familyOf(parseCidr(r)!.address) === family)
  const on = (addresses: readonly Address[], kind: FrontendKind, rest: typeof exposed): Frontend[] =>
    addresses
      .filter(address => isVip(address, family) && !port.except.includes(address))
      .map(address => ({ ...rest, kind, address, port: port.port }))
  const nodePort: Frontend[] = port.nodePort ? [{ ...exposed, kind: 'nodePort', port: port.nodePort }] : []
  return [
    ...on(service.clusterIPs, 'clusterIP', clusterIP),
    ...on(service.externalIPs, 'externalIP', exposed),
    ...on(service.loadBalancerIPs, 'loadBalancer', { ...exposed, sourceRanges: ranges }),
    ...nodePort,
  ]
}

/**
 * Which policy decides at a frontend, for clients of this node and for those elsewhere. Pods and processes of a node reach
 * external addresses through the cluster list whatever the external policy: kube-proxy's short-circuit (semantics 1.4).
 */
export function policiesOf(service: Service, kind: FrontendKind): { here: TrafficPolicy; elsewhere: TrafficPolicy } {
  const { internalTrafficPolicy: internal, externalTrafficPolicy: external } = service
  return kind === 'clusterIP' ? { here: internal, elsewhere: internal } : { here: 'Cluster', elsewhere: external }
}

/** By address (node ports on every address last), port, protocol. */
export function byFrontend(a: Frontend, b: Frontend): number {
  if (a.address !== undefined && b.address !== undefined) {
    const address = byAddress(a.address, b.address)
    if (address !== 0) return address
  } else if (a.address !== b.address) {
    return a.address !== undefined ? -1 : 1
  }
  return a.port - b.port || byText(a.protocol, b.protocol) || a.family - b.family
}
