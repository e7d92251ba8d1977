// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import { enums } from '../layout.gen.ts'
import { addressFlags } from '../match.ts'
import type { PacketContext } from './context.ts'
import type { Edge } from './edge.ts'
import type { Segment } from './packet.ts'

const { ADDRESS_CLUSTER_IP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE, ADDRESS_EXTERNAL } = enums.address_flags

/**
 * What becomes of a packet to a port that no Service claims. A node's address is never refused, even when it is a VIP as
 * well. An external address is refused unless the node has it: its own programs then answer there.
 */
export function judgeUnclaimed(
  { image, node }: PacketContext,
  edge: Edge | undefined,
  packet: Segment,
): 'pass' | 'refuse' | 'drop' {
  const { address } = packet.destination
  const flags = addressFlags(image, address)
  if (flags === undefined) return 'drop'
  if (flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE)) return 'pass'
  if (flags & ADDRESS_CLUSTER_IP) return refusalOf(edge, packet)
  return flags & ADDRESS_EXTERNAL && !node.hasAddress(address) ? refusalOf(edge, packet) : 'pass'
}

/**
 * Port unreachable answers only what begins something. A TCP packet in the middle may be of a connection that another proxy
 * serves.
 */
export function refusalOf(edge: Edge | undefined, { protocol, opens }: Segment): 'pass' | 'refuse' | 'drop' {
  if (protocol === 'UDP' || opens) return 'refuse'
  return edge?.hasOtherProxy ? 'pass' : 'drop'
}

/** Does a node port answer at the address? */
export function isOfThisNode({ image }: PacketContext, address: Address): boolean {
  return ((addressFlags(image, address) ?? 0) & ADDRESS_THIS_NODE) !== 0
}
