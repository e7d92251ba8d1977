// SPDX-License-Identifier: Apache-2.0
import type { Steps } from '../../base/steps.ts'
import type { Device, DeviceFacts } from '../../host/devices/device-facts.ts'
import { pickEdges } from './pick-edges.ts'
import type { Places } from './places.ts'

/**
 * The edges that the facts of a machine give for a node of the spec; or, as text, why they give none. A host outside the
 * cluster (null) serves its own processes, and a machine with no address of the node may be another one than the spec means:
 * on both a device becomes an edge by name only.
 */
export function* edgesByFacts(facts: DeviceFacts, places: Places, node: string | null): Steps<Device[] | string> {
  if (node === null) return 'a host outside the cluster has edges by name only'
  const isHere = facts.devices.some(({ addresses }) => addresses.some(address => places.own.has(address)))
  if (!isHere) return `no device here has an address that the spec gives the node ${node}`
  const devices = yield* pickEdges(facts, places)
  return devices.length > 0 ? devices : 'no device that is up leads to clients or to other nodes'
}
