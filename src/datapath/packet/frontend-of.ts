// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../base/address.ts'
import { frontendCheck } from '../check.ts'
import { UNSPECIFIED } from '../keys.ts'
import { findFrontend, keyOf, type Match } from '../match.ts'
import type { PacketContext } from './context.ts'
import type { Segment } from './packet.ts'
import { isOfThisNode } from './unclaimed.ts'

/**
 * The frontend that a packet is addressed to. A node port answers on this node's addresses alone: a packet to another
 * node's is on its way there. `damaged`: what the image holds there is not whole.
 */
export function frontendOf(context: PacketContext, { protocol, destination }: Segment): Match | 'damaged' | undefined {
  const { address } = destination
  const dialled = { ...destination, protocol }
  const candidates = isOfThisNode(context, address) ? [address, UNSPECIFIED[familyOf(address)]] : [address]
  for (const under of candidates) {
    const frontend = findFrontend(context.image, under, dialled)
    if (!frontend) continue
    const isWhole = frontend.check === frontendCheck(keyOf(dialled, under), frontend)
    return isWhole ? { frontend, address: under } : 'damaged'
  }
  return undefined
}
