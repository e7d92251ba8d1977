// SPDX-License-Identifier: Apache-2.0
import { type Address, byAddress, familyOf } from '../../base/address.ts'
import type { ExposedService, Port, Service } from '../../spec/spec.ts'
import { vipsOf } from '../../spec/vips.ts'
import { meetRanges } from './meet-ranges.ts'

/**
 * What of the exposure is held until it is reviewed. `external`: what clients outside the cluster reach, and how; cluster IPs, the
 * internal policy and session affinity follow the API. `all`: these too.
 */
export type GateScope = 'external' | 'all'

/**
 * What is served of a Service that the API has, where the reviewed exposure says `reviewed` of it: what both allow. So what
 * the API takes away is gone at once, what it adds or changes waits for the review, and what only the review has is not served. undefined:
 * nothing of it is served. Endpoints are always those of the API.
 */
export function gated(live: Service, reviewed: ExposedService | undefined, scope: GateScope): Service | undefined {
  if (scope === 'external') return gatedOutside(live, reviewed ?? unexposed(live))
  return reviewed && gatedInside(gatedOutside(live, reviewed), reviewed)
}

/** A Service without anything for clients outside. */
function unexposed(service: ExposedService): ExposedService {
  const { healthCheckNodePort: _, ...rest } = service
  return {
    ...rest,
    externalIPs: [],
    loadBalancerIPs: [],
    sourceRanges: [],
    externalTrafficPolicy: 'Cluster',
    ports: [],
  }
}

function gatedOutside(live: Service, reviewed: ExposedService): Service {
  const { healthCheckNodePort: health, ...rest } = live
  const ranges = { 4: meet(live, reviewed, 4), 6: meet(live, reviewed, 6) }
  const isOpen = (address: Address) => ranges[familyOf(address)] !== 'closed'
  const service: Service = {
    ...rest,
    externalIPs: both(live.externalIPs, reviewed.externalIPs),
    loadBalancerIPs: both(live.loadBalancerIPs, reviewed.loadBalancerIPs).filter(isOpen),
    sourceRanges: [ranges[4], ranges[6]].flatMap(met => (met === 'closed' ? [] : met)),
    externalTrafficPolicy: reviewed.externalTrafficPolicy,
    ...(health !== undefined && health === reviewed.healthCheckNodePort && { healthCheckNodePort: health }),
  }
  return withinFamilies({ ...service, ports: live.ports.map(port => gatedPort(port, service, reviewed)) }, reviewed)
}

/**
 * A node port answers in each family that its Service has a cluster IP of. So the cluster IP of a family that was not reviewed waits, where
 * a node port would come with it; without one of a reviewed family no node port is served.
 */
function withinFamilies(service: Service, reviewed: ExposedService): Service {
  if (service.ports.every(({ nodePort }) => nodePort === undefined)) return service
  const families = new Set(reviewed.clusterIPs.map(familyOf))
  const clusterIPs = service.clusterIPs.filter(address => families.has(familyOf(address)))
  if (clusterIPs.length > 0) return withClusterIPs(service, clusterIPs)
  return { ...service, ports: service.ports.map(({ nodePort: _, ...port }) => port) }
}

function withClusterIPs(service: Service, clusterIPs: Address[]): Service {
  const vips = [...clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]
  const ports = service.ports.map(port => ({ ...port, except: both(port.except, vips) }))
  return { ...service, clusterIPs, ports }
}

function meet(live: ExposedService, reviewed: ExposedService, family: 4 | 6) {
  return meetRanges(live.sourceRanges, reviewed.sourceRanges, family)
}

/** A port that was not reviewed is not served at the external VIPs of its Service, and one without its node port at none. */
function gatedPort({ nodePort, ...port }: Port, service: Service, reviewed: ExposedService): Port {
  const match = portLike(port, reviewed)
  const external = [...service.externalIPs, ...service.loadBalancerIPs]
  const hidden = match ? match.except : external.filter(address => !service.clusterIPs.includes(address))
  const except = vipsOf(service).filter(address => port.except.includes(address) || hidden.includes(address))
  return {
    ...port,
    except: [...new Set(except)].sort(byAddress),
    ...(nodePort !== undefined && match?.nodePort === nodePort && { nodePort }),
  }
}

function gatedInside(service: Service, reviewed: ExposedService): Service | undefined {
  const clusterIPs = both(service.clusterIPs, reviewed.clusterIPs)
  if (clusterIPs.length === 0) return undefined
  const { affinitySeconds: _, ...rest } = service
  const held: Service = {
    ...rest,
    internalTrafficPolicy: reviewed.internalTrafficPolicy,
    ...(reviewed.affinitySeconds !== undefined && { affinitySeconds: reviewed.affinitySeconds }),
    ports: service.ports.filter(port => portLike(port, reviewed)),
  }
  const names = new Set(held.ports.map(({ name }) => name))
  return {
    ...withClusterIPs(held, clusterIPs),
    endpoints: held.endpoints.flatMap(group => {
      const ports = group.ports.filter(({ name }) => names.has(name))
      return ports.length === 0 ? [] : [{ ...group, ports }]
    }),
  }
}

/** The reviewed port of the same number and protocol: clients know no other name of it. */
function portLike({ port, protocol }: Pick<Port, 'port' | 'protocol'>, { ports }: ExposedService): Port | undefined {
  return ports.find(other => other.port === port && other.protocol === protocol)
}

function both(a: readonly Address[], b: readonly Address[]): Address[] {
  return a.filter(address => b.includes(address))
}
