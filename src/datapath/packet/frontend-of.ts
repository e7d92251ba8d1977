// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../base/address.ts'
import { frontendCheck } from '../check.ts'
import { UNSPECIFIED } from '../keys.ts'
import { enums } from '../layout.gen.ts'
import { findFrontend, keyOf, type Match } from '../match.ts'
import type { PacketContext } from './context.ts'
import { edgeOf } from './edge.ts'
import type { Segment } from './packet.ts'
import { isOfOtherNode, isOfThisNode } from './unclaimed.ts'

const { FRONTEND_EXTERNAL_LOCAL } = enums.frontend_flags

/**
 * The frontend that a packet is addressed to. A node port answers on this node's addresses: a packet from outside to another
 * node's is on its way there. A pod gets it there as well, but for external policy Local. `damaged`: what the image holds
 * there is not whole.
 */
export function frontendOf(context: PacketContext, { protocol, destination }: Segment): Match | 'damaged' | undefined {
  const { address } = destination
  const dialled = { ...destination, protocol }
  const isHere = isOfThisNode(context, address)
  const isOfPod = edgeOf(context)?.list === 'internal'
  const hasNodePorts = isHere || (isOfPod && isOfOtherNode(context, address))
  const candidates = hasNodePorts ? [address, UNSPECIFIED[familyOf(address)]] : [address]
  for (const under of candidates) {
    const frontend = findFrontend(context.image, under, dialled)
    if (!frontend) continue
    const isWhole = frontend.check === frontendCheck(keyOf(dialled, under), frontend)
    if (!isWhole) return 'damaged'
    const decidesThere = under !== address && !isHere && frontend.flags & FRONTEND_EXTERNAL_LOCAL
    return decidesThere ? undefined : { frontend, address: under }
  }
  return undefined
}
