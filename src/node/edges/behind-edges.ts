// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { NodeState } from '../../bpf/generation/node-state.ts'
import { readDeviceFacts } from '../../host/devices/read-facts.ts'
import { devicesOf, routeLookup } from '../../host/devices/route-lookup.ts'
import { devicesIn, isOfPod } from './edge-change.ts'

/**
 * Which addresses the routes of this network namespace lead to by an edge of the current generation: there packets from outside
 * are masqueraded under policy Cluster, also for endpoints on this node. Exit 4 where iproute2 cannot tell the routes.
 */
export async function behindEdges({ current }: Pick<NodeState, 'current'>): Promise<(address: Address) => boolean> {
  const edges = new Set(devicesIn((current?.manifest.attachments ?? []).filter(one => !isOfPod(one))))
  const lookup = routeLookup((await readDeviceFacts()).routes)
  return address => devicesOf(lookup(address)).some(device => edges.has(device))
}
