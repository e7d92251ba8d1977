// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../base/address.ts'
import { FIRST_NAT_PORT, type PacketContext, PORT_TRIES } from './context.ts'
import { edgeOf } from './edge.ts'
import { type Flows, type Pair, tupleKey, withArrival, withPair } from './flows.ts'
import { type Endpoint, isSameEndpoint, type Segment, type Tuple } from './packet.ts'
import type { PacketState } from './state.ts'
import { mayBeClaimed } from './unclaimed.ts'
import type { PacketVerdict } from './verdict.ts'

/**
 * A client's packet on its way to its backend. Its source becomes the edge's address, with a port that no other flow to this
 * backend has: the record of the returns is the lock. bpf/masquerade.h; that a flow may take the port of one that was idle
 * for hours is left out.
 */
export function masquerade(context: PacketContext, state: PacketState, segment: Segment, pair: Pair): PacketVerdict {
  if (!pair.isMasqueraded || isHeardByPod(context, segment)) return { verdict: 'pass', state }
  const { protocol } = segment
  for (const nat of candidates(context, segment, pair)) {
    const flows = reserve(context, state.flows, { protocol, source: pair.backend, destination: nat }, pair.client)
    if (!flows) continue
    const packet = { ...segment, source: nat }
    return { verdict: 'translate', packet, state: { ...state, flows: withPair(flows, protocol, { ...pair, nat }) } }
  }
  return { verdict: 'drop', state }
}

/** A pod hears from clients themselves: the answers come by its device. Only its own it would answer itself. */
function isHeardByPod(context: PacketContext, { source, destination }: Segment): boolean {
  return edgeOf(context)?.list === 'internal' && source.address !== destination.address
}

/** The source that the flow has, else what it may get: nothing where the edge has no address of the family. */
function candidates(context: PacketContext, segment: Segment, pair: Pair): Endpoint[] {
  const address = edgeOf(context)?.nat(familyOf(pair.backend.address))
  const own = segment.source.port
  const ports = Array.from({ length: PORT_TRIES }, (_, attempt) =>
    attempt === 0 && own >= FIRST_NAT_PORT ? own : context.choices.natPort(segment, attempt),
  )
  const fresh = address === undefined ? [] : ports.map(port => ({ address, port }))
  return pair.nat ? [pair.nat, ...fresh] : fresh
}

/**
 * The flows once answers with this tuple go to the client. They already may: the record is found again after the pair was
 * evicted. Undefined: another flow or a socket of the node has the port, or a frontend answers there.
 */
function reserve(context: PacketContext, flows: Flows, answer: Tuple, client: Endpoint): Flows | undefined {
  const found = flows.arrivals.get(tupleKey(answer))
  if (found) return found.kind === 'return' && isSameEndpoint(found.client, client) ? flows : undefined
  if (mayBeClaimed(context, answer.protocol, answer.destination) || context.node.hasSocket(answer)) return undefined
  return withArrival(flows, answer, { kind: 'return', client })
}
