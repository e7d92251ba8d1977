// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf } from '../../base/address.ts'
import type { Edge } from '../../compile/edges.ts'
import { type Device, isRawIp, whyNoEdge } from '../../host/devices/device-facts.ts'
import { matchesPattern } from './device-pattern.ts'

/** The host's sides of pods' devices, as patterns choose them. */
interface PodDevices {
  devices: Device[]
  /** Patterns that no device matches. */
  unmatched: string[]
  /** Devices that patterns match and that cannot be a pod's, and why. */
  refused: { device: string; pattern: string; reason: string }[]
}

/**
 * Picks the devices that patterns name, each once and in the order of `devices`. `edges`: names of the devices that are edges.
 * Pure, and right for one device as for all: an agent that is told of a new one asks for it alone.
 */
export function pickPodDevices(
  devices: readonly Device[],
  patterns: readonly string[],
  edges: ReadonlySet<string>,
): PodDevices {
  const picked: PodDevices = { devices: [], unmatched: [], refused: [] }
  const matches = (pattern: string) => (device: Device) =>
    [device.name, ...device.altNames].some(name => matchesPattern(name, pattern))
  for (const device of devices) {
    const pattern = patterns.find(pattern => matches(pattern)(device))
    if (pattern === undefined) continue
    const reason = whyNoPod(device, devices, edges)
    if (reason === undefined) picked.devices.push(device)
    else picked.refused.push({ device: device.name, pattern, reason })
  }
  picked.unmatched.push(...patterns.filter(pattern => !devices.some(matches(pattern))))
  return picked
}

/** Kinds of devices whose ports are devices of their own: what goes from port to port never meets them. */
const HAS_PORTS = new Set(['bridge', 'bond', 'team', 'openvswitch'])

/** Why a device is no host's side of a pod's; undefined when it may be one. */
function whyNoPod(device: Device, devices: readonly Device[], edges: ReadonlySet<string>): string | undefined {
  const none = whyNoEdge(device)
  if (none !== undefined) return none
  if (edges.has(device.name)) return 'it is an edge'
  if (HAS_PORTS.has(device.kind)) return `it is a ${device.kind}: what goes from port to port does not pass it`
  if (isRawIp(device)) return 'its packets have no Ethernet header'
  const master = devices.find(({ name }) => name === device.master)
  if (master?.kind === 'bond' || master?.kind === 'team') return `it is a port of the ${master.kind} ${master.name}`
  return undefined
}

/**
 * A pod's device as compile has it. A pod that gets itself hears from an address of the node: one of the device, of the bridge that it
 * is a port of, of the node in the spec, or of whatever device has one. Only where the node has none of a family it gets no answer.
 */
export function podEdge(device: Device, devices: readonly Device[], own: Iterable<Address>): Edge {
  const master = devices.find(({ name }) => name === device.master)
  const candidates = [
    ...device.addresses,
    ...(master?.addresses ?? []),
    ...own,
    ...devices.flatMap(({ addresses }) => addresses),
  ]
  const first = (family: Family) => candidates.find(address => familyOf(address) === family)
  return { device: device.name, ifindex: device.ifindex, nat4: first(4), nat6: first(6), rawIp: false, pod: true }
}
