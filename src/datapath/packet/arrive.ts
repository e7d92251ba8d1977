// SPDX-License-Identifier: Apache-2.0
import { foldAddress } from '../../base/address.ts'
import { mayBeOurs } from '../match.ts'
import { arriveError } from './arrive-error.ts'
import { claimPair } from './claim-pair.ts'
import { FIRST_NAT_PORT, type PacketContext } from './context.ts'
import { withoutArrivalOf, withoutPairOf } from './direct-call.ts'
import { edgeOf } from './edge.ts'
import { type ToBackend, tupleKey } from './flows.ts'
import { beginFlow, epochOf, follow, keep } from './forward.ts'
import { inFormOf, withPorts } from './fragments.ts'
import { makeOffer, type Offer } from './offer.ts'
import { type Fragment, isSameEndpoint, mayBegin, type Packet, type Segment } from './packet.ts'
import type { PacketState } from './state.ts'
import { isOfOtherNode, isOfThisNode, judgeUnclaimed, mayBeClaimed } from './unclaimed.ts'
import type { PacketVerdict } from './verdict.ts'

/**
 * A packet at an edge's ingress: its destination is replaced. The twin of the programs `arrive…` in bpf/edge.bpf.c, without
 * their looks into `flow_filter`, which only spare others the rest.
 */
export function arrive(context: PacketContext, state: PacketState, packet: Packet): PacketVerdict {
  if (packet.kind === 'other') return { verdict: 'pass', state }
  if (packet.kind === 'error') return arriveError(state, packet)
  const known = withPorts(state, packet)
  if (!known) return { verdict: judgeEarly(context, packet), state }
  const result = arriveSegment(context, known.state, known.segment)
  // A later fragment has nothing that an answer could quote.
  if (result.verdict === 'refuse' && packet.kind === 'fragment') return { ...result, verdict: 'drop' }
  if (result.verdict !== 'translate' || result.packet.kind !== 'segment') return result
  return { ...result, packet: inFormOf(packet, result.packet) }
}

/**
 * A fragment whose first did not come while it waited. Passed on, one for a VIP would come back from the router until its hops
 * end; at an address of the node it may be for the node.
 */
function judgeEarly(context: PacketContext, { destination }: Segment | Fragment): 'pass' | 'drop' {
  const address = typeof destination === 'string' ? destination : destination.address
  return judgeUnclaimed(context, address) === 'pass' ? 'pass' : 'drop'
}

function arriveSegment(context: PacketContext, state: PacketState, segment: Segment): PacketVerdict {
  const record = state.flows.arrivals.get(tupleKey(segment))
  if (record?.kind === 'return')
    return { verdict: 'translate', packet: { ...segment, destination: record.client }, state }
  if (!isOfFrontend(context, segment)) {
    // A live connection outlives its frontend.
    if (record && !mayBegin(segment)) return follow(context, state, segment, record)
    return arriveUnclaimed(context, state, segment, hasLookedUp(segment))
  }
  if (record && isCurrent(context, segment, record)) return follow(context, state, segment, record)
  return arriveNew(context, state, segment, record)
}

/** Have the programs looked for the record of a packet that, by the filters, has no frontend? Of UDP they have not. */
function hasLookedUp({ protocol, destination }: Segment): boolean {
  return protocol === 'TCP' || destination.port >= FIRST_NAT_PORT
}

/** False: by the filters, no frontend answers at the destination. They do not have the node ports of other nodes, which pods get. */
function isOfFrontend(context: PacketContext, segment: Segment): boolean {
  const { protocol, destination } = segment
  if (!mayBeOurs(context.image, foldAddress(destination.address))) return false
  return mayBeClaimed(context, protocol, destination) || isPodToOtherNode(context, segment)
}

function isPodToOtherNode(context: PacketContext, { destination }: Segment): boolean {
  return edgeOf(context)?.list === 'internal' && isOfOtherNode(context, destination.address)
}

/**
 * Does the record count without asking its frontend again? TCP connections keep their backend. While frontends change the
 * epoch is zero, so a record that was made meanwhile has zero too: it may be of an earlier change.
 */
function isCurrent({ image }: PacketContext, segment: Segment, { epoch }: ToBackend): boolean {
  return !mayBegin(segment) || (epoch !== 0n && epoch === epochOf(image))
}

/** A packet whose destination is perhaps a frontend, and which has no record that counts. */
function arriveNew(
  context: PacketContext,
  state: PacketState,
  segment: Segment,
  record: ToBackend | undefined,
): PacketVerdict {
  const offer = makeOffer(context, edgeOf(context), state, segment, record)
  if (offer.kind === 'none') return arriveUnclaimed(context, state, segment)
  if (!mayBegin(segment)) return resume(context, state, segment, offer)
  if (offer.kind !== 'offer') return conclude(context, state, segment, offer.kind)
  if (!record || !isSameEndpoint(record.backend, offer.backend)) return beginFlow(context, offer.state, segment, offer)
  return keep(context, offer.state, segment, { ...record, block: offer.block })
}

/**
 * A packet of a TCP connection that has no record. It was evicted, when the backend that is offered has a pair with the
 * client. Else the kernel resets what it does not know at an address of the node; at a VIP only the backend can. Beside
 * another proxy the connection may be one of its own.
 */
function resume(
  context: PacketContext,
  state: PacketState,
  segment: Segment,
  offer: Offer | { kind: 'refuse' } | { kind: 'drop' },
): PacketVerdict {
  const isOffered = offer.kind === 'offer'
  const next = isOffered ? offer.state : state
  if (isOffered && claimPair(context, next.flows, segment, offer, 'find'))
    return beginFlow(context, next, segment, offer)
  const isOfKernel = isOfThisNode(context, segment.destination.address) || isPodToOtherNode(context, segment)
  if (isOfKernel || edgeOf(context)?.hasOtherProxy) return { verdict: 'pass', state: next }
  return isOffered && offer.isAdmitted
    ? beginFlow(context, next, segment, offer)
    : conclude(context, next, segment, isOffered ? 'drop' : offer.kind)
}

/** A packet to a port that no frontend has. Most for the ports of returns answers connections of the node itself. */
function arriveUnclaimed(
  context: PacketContext,
  state: PacketState,
  segment: Segment,
  isLookedUp = true,
): PacketVerdict {
  const { address, port } = segment.destination
  if (!mayBegin(segment) && port >= FIRST_NAT_PORT && !mayBeClaimed(context, segment.protocol, segment.destination))
    return { verdict: 'pass', state }
  const without = withoutPairOf(state, segment)
  const next = isLookedUp ? withoutArrivalOf(without, segment) : without
  return conclude(context, next, segment, judgeUnclaimed(context, address))
}

/** A refusal answers what may begin a flow. A TCP packet in the middle may be of a connection that another proxy serves. */
function conclude(
  context: PacketContext,
  state: PacketState,
  segment: Segment,
  verdict: 'pass' | 'refuse' | 'drop',
): PacketVerdict {
  if (verdict !== 'refuse' || mayBegin(segment)) return { verdict, state }
  return { verdict: edgeOf(context)?.hasOtherProxy ? 'pass' : 'drop', state }
}
