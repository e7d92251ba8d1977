// SPDX-License-Identifier: Apache-2.0
import { FIRST_NAT_PORT, type PacketContext } from './context.ts'
import { pairKey, tupleKey } from './flows.ts'
import { isSameEndpoint, mayBegin, reverse, type Segment } from './packet.ts'
import type { PacketState } from './state.ts'

/**
 * A client calls a backend itself, from a port that it used for a Service before: its pair is forgotten, or the answers would
 * come from the Service. bpf/arrival.h, forget_pair.
 */
export function withoutPairOf(state: PacketState, segment: Segment): PacketState {
  const { protocol, source, destination } = segment
  const key = pairKey(protocol, source, destination)
  const pair = state.flows.pairs.get(key)
  if (!mayBegin(segment) || !pair || !isSameEndpoint(pair.client, source)) return state
  return { ...state, flows: { ...state.flows, pairs: without(state.flows.pairs, key) } }
}

/**
 * A client calls again what is no frontend now: another program may answer there, so what follows is not of the flow before.
 * bpf/arrival.h, arrive_unknown.
 */
export function withoutArrivalOf(state: PacketState, segment: Segment): PacketState {
  const key = tupleKey(segment)
  if (!mayBegin(segment) || !state.flows.arrivals.has(key)) return state
  return { ...state, flows: { ...state.flows, arrivals: without(state.flows.arrivals, key) } }
}

/**
 * A socket of the node calls a backend from a port that a masqueraded flow has: the answers are to reach the socket. The flow
 * gets another port with its next packet. bpf/departure.h, give_up_port.
 */
export function withoutReturnOf({ node }: PacketContext, state: PacketState, segment: Segment): PacketState {
  const key = tupleKey(reverse(segment))
  const isOurs = state.flows.arrivals.get(key)?.kind === 'return'
  if (!isOurs || !mayBegin(segment) || segment.source.port < FIRST_NAT_PORT || !node.sends(segment)) return state
  return { ...state, flows: { ...state.flows, arrivals: without(state.flows.arrivals, key) } }
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const left = new Map(map)
  left.delete(key)
  return left
}
