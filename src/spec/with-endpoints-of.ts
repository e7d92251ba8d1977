// SPDX-License-Identifier: Apache-2.0
import { portKey, serviceKey } from './name.ts'
import { normalise } from './normalise.ts'
import type { EndpointGroup, Service, Spec } from './spec.ts'

interface Joined {
  spec: Spec
  /** `ns/name` and `ns/name:port` of what `current` has no endpoints for, so that those of `kept` were taken. */
  fromKept: string[]
}

/**
 * The exposure of `kept` with the membership of `current`. A Service that both have gets the endpoints it has in `current`, be
 * it none. A Service that only `kept` has, and a port that only there the Service has, comes with the endpoints of `kept`.
 */
export function withEndpointsOf(kept: Spec, current: Spec): Joined {
  const zones = new Map(current.nodes.map(node => [node.name, node.zone]))
  const today = new Map(current.services.map(service => [serviceKey(service), service]))
  const fromKept: string[] = []
  const services = kept.services.map(service => {
    const now = today.get(serviceKey(service))
    if (now) return joined(service, now, zones, fromKept)
    if (service.endpoints.length > 0) fromKept.push(serviceKey(service))
    return service
  })
  return { spec: normalise({ nodes: kept.nodes, services }), fromKept }
}

type Zones = ReadonlyMap<string, string | undefined>

function joined(kept: Service, current: Service, zones: Zones, fromKept: string[]): Service {
  const present = new Set(current.ports.map(port => port.name))
  const absent = kept.ports.filter(port => !present.has(port.name))
  const old = groupsOf(kept.endpoints, new Set(absent.map(port => port.name)))
  const served = new Set(old.flatMap(group => group.ports.map(port => port.name)))
  fromKept.push(...absent.filter(port => served.has(port.name)).map(port => portKey(kept, port)))
  const names = new Set(kept.ports.map(port => port.name).filter(name => present.has(name)))
  const latest = groupsOf(current.endpoints, names).map(group => inTheirZones(group, zones))
  return { ...kept, endpoints: [...latest, ...old] }
}

/** The groups as far as they serve these ports. */
function groupsOf(groups: readonly EndpointGroup[], names: ReadonlySet<string>): EndpointGroup[] {
  return groups
    .map(group => ({ ...group, ports: group.ports.filter(port => names.has(port.name)) }))
    .filter(group => group.ports.length > 0)
}

/** An endpoint leaves out the zone that its node has. The nodes of another exposure may have other zones. */
function inTheirZones(group: EndpointGroup, zones: Zones): EndpointGroup {
  const endpoints = group.endpoints.map(endpoint => {
    const zone = endpoint.zone ?? (endpoint.node === undefined ? undefined : zones.get(endpoint.node))
    return zone === undefined ? endpoint : { ...endpoint, zone }
  })
  return { ...group, endpoints }
}
