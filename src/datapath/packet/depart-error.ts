// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import { type Pair, pairKey } from './flows.ts'
import { type Endpoint, type IcmpError, isSameEndpoint } from './packet.ts'
import type { PacketState } from './state.ts'
import type { PacketVerdict } from './verdict.ts'

/**
 * An error at an edge's egress: inner destination and, when it is an end of the flow, outer source. A redirect about our
 * flow is dropped: it would send the client past this node.
 */
export function departError(state: PacketState, packet: IcmpError): PacketVerdict {
  const { about } = packet
  const pair = state.flows.pairs.get(pairKey(about.protocol, about.source, about.destination))
  if (!pair || packet.destination !== about.source.address) return { verdict: 'pass', state }
  if (packet.isRedirect) return { verdict: 'drop', state }
  if (isSameEndpoint(about.source, pair.client)) return { verdict: 'translate', packet: toClient(packet, pair), state }
  return pair.nat
    ? { verdict: 'translate', packet: toBackend(packet, pair.client.address, pair.nat), state }
    : { verdict: 'pass', state }
}

/** About a packet that the client sent to the original destination. */
function toClient(packet: IcmpError, { backend, original, ownPort, client }: Pair): IcmpError {
  const source = packet.source === backend.address ? original.address : packet.source
  const about = { ...packet.about, source: { ...client, port: ownPort }, destination: original }
  return { ...packet, source, about }
}

/** About an answer that a backend elsewhere sent to the edge's address. */
function toBackend(packet: IcmpError, client: Address, nat: Endpoint): IcmpError {
  const source = packet.source === client ? nat.address : packet.source
  return { ...packet, source, about: { ...packet.about, destination: nat } }
}
