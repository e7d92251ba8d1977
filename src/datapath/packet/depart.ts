// SPDX-License-Identifier: Apache-2.0
import type { PacketContext } from './context.ts'
import { departError } from './depart-error.ts'
import { withoutReturnOf } from './direct-call.ts'
import { pairKey } from './flows.ts'
import { inFormOf, withPorts } from './fragments.ts'
import { masquerade } from './masquerade.ts'
import { isSameEndpoint, type Packet, type Segment } from './packet.ts'
import type { PacketState } from './state.ts'
import type { PacketVerdict } from './verdict.ts'

/**
 * A packet at an edge's egress: its source is replaced. The twin of the programs `depart…` in bpf/edge.bpf.c, without their first
 * look into `flow_filter`, which only spares others the rest.
 */
export function depart(context: PacketContext, state: PacketState, packet: Packet): PacketVerdict {
  if (packet.kind === 'other') return { verdict: 'pass', state }
  if (packet.kind === 'error') return departError(state, packet)
  const known = withPorts(state, packet)
  if (!known) return { verdict: 'pass', state }
  const result = departSegment(context, known.state, known.segment)
  if (result.verdict !== 'translate' || result.packet.kind !== 'segment') return result
  return { ...result, packet: inFormOf(packet, result.packet) }
}

function departSegment(context: PacketContext, state: PacketState, segment: Segment): PacketVerdict {
  const { protocol, source, destination } = segment
  const pair = state.flows.pairs.get(pairKey(protocol, source, destination))
  if (!pair) return { verdict: 'pass', state: withoutReturnOf(context, state, segment) }
  if (isSameEndpoint(source, pair.client)) return masquerade(context, state, segment, pair)
  const client = { ...destination, port: pair.ownPort }
  return { verdict: 'translate', packet: { ...segment, source: pair.original, destination: client }, state }
}
