// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { NodeState } from '../../bpf/generation/node-state.ts'
import { isAttached } from '../../bpf/hooks/edges.ts'
import type { DeviceFacts } from '../../host/devices/device-facts.ts'
import { devicesOf, routeLookup } from '../../host/devices/route-lookup.ts'
import { devicesIn, isOfPod } from './edge-change.ts'

/** The devices of pods that have all their programs of the current generation. */
export function servedPodDevices({ current }: Pick<NodeState, 'current'>): string[] {
  const wanted = (current?.manifest.attachments ?? []).filter(isOfPod)
  const lacking = new Set(devicesIn(wanted.filter(one => !isAttached(one, current!.attached))))
  return devicesIn(wanted).filter(device => !lacking.has(device))
}

/** The devices to which routes to an address lead: of a bridge its ports, because a route does not tell which. Pure. */
export function devicesTo(address: Address, { devices, routes }: DeviceFacts): string[] {
  const names = devicesOf(routeLookup(routes)(address))
  const portsOf = (name: string) => devices.filter(({ master }) => master === name).map(port => port.name)
  const isBridge = (name: string) => devices.some(device => device.name === name && device.kind === 'bridge')
  return [...new Set(names.flatMap(name => (isBridge(name) ? portsOf(name) : [name])))]
}
