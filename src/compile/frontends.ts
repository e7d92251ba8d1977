import { type Address, byAddress, type Family, familyOf, parseCidr } from '../base/address.ts'
import { byText } from '../base/sort.ts'
import { serviceKey } from '../spec/name.ts'
import type { Port, Service, Spec, TrafficPolicy } from '../spec/spec.ts'
import { type Categories, categorise } from './categorise.ts'
import { endpointsOf } from './endpoints.ts'
import type { Frontend, FrontendKind, Verdict } from './frontend.ts'
import type { Viewpoint } from './viewpoint.ts'

/** Every frontend as one host serves it, by address (node ports last), port, protocol. */
export function frontendsOf(spec: Spec, viewpoint: Viewpoint): Frontend[] {
  const frontends = spec.services.flatMap(service => service.ports.flatMap(port => ofPort(service, port, viewpoint)))
  return frontends.sort(byFrontend)
}

/** A Service exists in the families of its cluster IPs, and in no other. */
function ofPort(service: Service, port: Port, viewpoint: Viewpoint): Frontend[] {
  const families = ([4, 6] as const).filter(f => service.clusterIPs.some(ip => familyOf(ip) === f))
  return families.flatMap(family => ofFamily(service, port, family, viewpoint))
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
      .filter(a => familyOf(a) === family && !port.except.includes(a))
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

/** Semantics 1.5: nobody anywhere is a rejection; somebody, but not here, is a drop. */
export function verdict(categories: Categories, policy: TrafficPolicy): Verdict {
  const backends = policy === 'Local' ? categories.local : categories.cluster
  if (backends.length > 0) return { action: 'forward', backends }
  return { action: categories.hasAny ? 'drop' : 'reject', backends }
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
