// SPDX-License-Identifier: Apache-2.0
import { foldAddress } from '../../base/address.ts'
import { PROTOCOL_NUMBERS } from '../../base/protocol.ts'
import { foldPort } from '../filter.ts'
import { mayBeOurs } from '../match.ts'
import { arriveError } from './arrive-error.ts'
import { FIRST_NAT_PORT, type PacketContext } from './context.ts'
import { edgeOf } from './edge.ts'
import { tupleKey } from './flows.ts'
import { inFormOf, withPorts } from './fragments.ts'
import { knownFlow } from './known-flow.ts'
import { newFlow } from './new-flow.ts'
import type { Packet, Segment } from './packet.ts'
import type { PacketState } from './state.ts'
import { judgeUnclaimed } from './unclaimed.ts'
import type { PacketVerdict } from './verdict.ts'

/** A packet at an edge's ingress: its destination is replaced. The twin of the programs `arrive…` in bpf/edge.bpf.c. */
export function arrive(context: PacketContext, state: PacketState, packet: Packet): PacketVerdict {
  if (packet.kind === 'other') return { verdict: 'pass', state }
  const destination = packet.kind === 'segment' ? packet.destination.address : packet.destination
  if (!mayBeOurs(context.image, foldAddress(destination))) return { verdict: 'pass', state }
  if (packet.kind === 'error') return arriveError(state, packet)
  const known = withPorts(state, packet)
  if (!known) return { verdict: 'pass', state }
  const result = arriveSegment(context, known.state, known.segment)
  if (result.verdict !== 'translate' || result.packet.kind !== 'segment') return result
  return { ...result, packet: inFormOf(packet, result.packet) }
}

function arriveSegment(context: PacketContext, state: PacketState, segment: Segment): PacketVerdict {
  const edge = edgeOf(context)
  const isClaimed = mayBeClaimed(context, segment)
  const mayBeReturn = segment.destination.port >= FIRST_NAT_PORT
  const record = isClaimed || mayBeReturn ? state.flows.arrivals.get(tupleKey(segment)) : undefined
  if (record && (isClaimed || record.kind === 'return')) return knownFlow(context, edge, state, segment, record)
  if (isClaimed) return newFlow(context, edge, state, segment)
  return { verdict: judgeUnclaimed(context, edge, segment), state }
}

/** False: no frontend has the destination. One array access. */
function mayBeClaimed({ image }: PacketContext, { protocol, destination }: Segment): boolean {
  const { address, port } = destination
  return mayBeOurs(image, foldPort(foldAddress(address), port, PROTOCOL_NUMBERS[protocol]), 'port_filter')
}
