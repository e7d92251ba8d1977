// SPDX-License-Identifier: Apache-2.0
import type { Steps } from '../../base/steps.ts'
import { type Device, type DeviceFacts, type Route, whyNoEdge } from '../../host/devices/device-facts.ts'
import { routeLookup } from '../../host/devices/route-lookup.ts'
import type { Places } from './places.ts'
import { virtualRouterOf } from './virtual-router.ts'

/**
 * The devices that packets from outside, or for backends elsewhere, pass: those that hold an address of this node, carry a
 * default route, or have a route to another node or to an endpoint elsewhere by which no endpoint of this node is reached.
 * Not those that are down, that no packet arrives by, or whose bridge or bond is one of them: its programs meet the
 * packets, and those of another virtual router than the one in which the node has its address. By ifindex.
 */
export function* pickEdges({ devices, routes }: DeviceFacts, places: Places): Steps<Device[]> {
  const leading = new Set([...defaultDevices(routes), ...(yield* outwardDevices(routes, places))])
  const isWanted = (device: Device) => device.addresses.some(a => places.own.has(a)) || leading.has(device.name)
  const able = devices.filter(device => device.isUp && !UNABLE.has(device.kind) && whyNoEdge(device) === undefined)
  const holders = able.filter(device => device.addresses.some(a => places.own.has(a)))
  const router = holders[0] && virtualRouterOf(holders[0], devices)
  const wanted = able.filter(device => isWanted(device) && virtualRouterOf(device, devices) === router)
  return wanted.filter(({ master }) => !wanted.some(other => other.name === master && COVERING.has(other.kind)))
}

/** Kinds of devices that hold addresses, and that no packet arrives by. */
const UNABLE = new Set(['dummy', 'vrf'])

/** Kinds of devices whose programs meet what their ports receive and send. */
const COVERING = new Set(['bridge', 'bond', 'team'])

function defaultDevices(routes: readonly Route[]): string[] {
  return routes.filter(isDefault).flatMap(route => route.devices)
}

function isDefault({ family, prefix }: Route): boolean {
  return prefix === (family === 4 ? 96 : 0)
}

/**
 * A gateway device of a CNI leads to pods here by one route and to those elsewhere by others: it is an edge. A bridge whose
 * only route has them all is none.
 */
function* outwardDevices(routes: readonly Route[], places: Places): Steps<string[]> {
  const lookup = routeLookup(routes)
  const [inward, outward] = [new Set<Route>(), new Set<Route>()]
  for (const [found, addresses] of [
    [inward, places.endpointsHere],
    [outward, places.nodes],
    [outward, places.endpointsElsewhere],
  ] as const) {
    for (const address of addresses) {
      for (const route of lookup(address)) found.add(route)
      yield
    }
  }
  return [...outward].flatMap(route => (inward.has(route) ? [] : route.devices))
}
