// SPDX-License-Identifier: Apache-2.0
import { type Address, byAddress } from '../../base/address.ts'
import { count } from '../../base/count.ts'
import type { DeviceFacts } from '../../host/devices/device-facts.ts'
import { routeLookup } from '../../host/devices/route-lookup.ts'
import type { Places } from './places.ts'

/** Endpoints elsewhere to which no route leads by an edge: their answers would pass the node by. */
export interface Unserved {
  /** The devices that the routes lead to instead; none when there is no route. */
  devices: readonly string[]
  /** Sorted. */
  endpoints: readonly Address[]
}

/** Grouped by the devices that lead there. */
export function unservedBackends({ routes }: DeviceFacts, places: Places, edges: ReadonlySet<string>): Unserved[] {
  const lookup = routeLookup(routes)
  const groups = new Map<string, Address[]>()
  for (const endpoint of places.endpointsElsewhere) {
    const devices = new Set(lookup(endpoint).flatMap(route => route.devices))
    if ([...devices].some(device => edges.has(device))) continue
    const key = [...devices].sort().join(' ')
    const group = groups.get(key)
    if (group) group.push(endpoint)
    else groups.set(key, [endpoint])
  }
  return [...groups].map(([key, endpoints]) => ({
    devices: key === '' ? [] : key.split(' '),
    endpoints: endpoints.sort(byAddress),
  }))
}

const MOST_EXAMPLES = 3

/** `2 backends are reached by cni0, which is no edge (10.244.1.7, …): …` */
export function formatUnserved({ devices, endpoints }: Unserved): string {
  const some = endpoints.slice(0, MOST_EXAMPLES).join(', ') + (endpoints.length > MOST_EXAMPLES ? ', …' : '')
  const backends = `${count(endpoints.length, 'backend')} elsewhere (${some})`
  if (devices.length === 0) return `no route leads to ${backends}: clients outside do not reach them through this node`
  const flags = devices.map(device => `--device ${device}`).join(' ')
  return `routes to ${backends} lead by ${devices.join(', ')}, which is no edge: their answers to clients outside are lost; give ${flags} too`
}
