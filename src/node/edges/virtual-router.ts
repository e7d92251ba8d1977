// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import type { Device } from '../../host/devices/device-facts.ts'

/** The virtual router (VRF) whose tables route what a device receives; undefined for those of the node. */
export function virtualRouterOf(device: Device, devices: readonly Device[]): string | undefined {
  const seen = new Set<string>()
  let above: Device | undefined = device
  while (above && above.kind !== 'vrf' && !seen.has(above.name)) {
    seen.add(above.name)
    const { master }: Device = above
    above = devices.find(({ name }) => name === master)
  }
  return above?.kind === 'vrf' ? above.name : undefined
}

/** Refuses (exit 4) edges of several virtual routers: no packet that arrives at one of them leaves by the other. */
export function requireOneRouter(edges: readonly Device[], devices: readonly Device[]): void {
  const [first, ...others] = edges.map(edge => ({ name: edge.name, router: virtualRouterOf(edge, devices) }))
  const apart = others.find(({ router }) => router !== first!.router)
  if (!first || !apart) return
  const placeOf = ({ name, router }: typeof first) =>
    `${name} is ${router === undefined ? 'in no VRF' : `in the VRF ${router}`}`
  throw failure(
    EXIT.nodeNotReady,
    'no-route-between',
    `no route leads between the edges ${first.name} and ${apart.name}: ${placeOf(first)}, ${placeOf(apart)}`,
    'give --device for those of one VRF only',
  )
}
