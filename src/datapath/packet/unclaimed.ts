// SPDX-License-Identifier: Apache-2.0
import { type Address, foldAddress } from '../../base/address.ts'
import { PROTOCOL_NUMBERS } from '../../base/protocol.ts'
import { foldPort } from '../filter.ts'
import { enums } from '../layout.gen.ts'
import { addressFlags, mayBeOurs } from '../match.ts'
import type { PacketContext } from './context.ts'
import type { Endpoint, Transport } from './packet.ts'

const { ADDRESS_CLUSTER_IP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE, ADDRESS_EXTERNAL } = enums.address_flags

/** False: no frontend has the destination, and no node port answers there. One array access. */
export function mayBeClaimed({ image }: PacketContext, protocol: Transport, { address, port }: Endpoint): boolean {
  return mayBeOurs(image, foldPort(foldAddress(address), port, PROTOCOL_NUMBERS[protocol]), 'port_filter')
}

/**
 * What becomes of a packet to a port that no Service claims. A node's address is never refused, even when it is a VIP
 * as well. An external address is refused unless the node has it: its own programs then answer there. Passed on, the
 * packet would come back from the router until its hops end.
 */
export function judgeUnclaimed({ image, node }: PacketContext, address: Address): 'pass' | 'refuse' | 'drop' {
  const flags = addressFlags(image, address)
  if (flags === undefined) return 'drop'
  if (flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE)) return 'pass'
  if (flags & ADDRESS_CLUSTER_IP) return 'refuse'
  return flags & ADDRESS_EXTERNAL && !node.hasAddress(address) ? 'refuse' : 'pass'
}

/** Does a node port answer at the address, whoever asks? */
export function isOfThisNode({ image }: PacketContext, address: Address): boolean {
  return ((addressFlags(image, address) ?? 0) & ADDRESS_THIS_NODE) !== 0
}

/** Does a node port answer at the address for pods of this node? */
export function isOfOtherNode({ image }: PacketContext, address: Address): boolean {
  return ((addressFlags(image, address) ?? 0) & ADDRESS_OTHER_NODE) !== 0
}
