// SPDX-License-Identifier: Apache-2.0
import { foldAddress } from '../../base/address.ts'
import { mayBeOurs } from '../match.ts'
import { arriveError } from './arrive-error.ts'
import { claimPair } from './claim-pair.ts'
import { FIRST_NAT_PORT, type PacketContext } from './context.ts'
import { withoutPairOf } from './direct-call.ts'
import { type Edge, edgeOf } from './edge.ts'
import { type ToBackend, tupleKey } from './flows.ts'
import { beginFlow, epochOf, follow } from './forward.ts'
import { inFormOf, withPorts } from './fragments.ts'
import { makeOffer, type Offer } from './offer.ts'
import { mayBegin, type Packet, type Segment } from './packet.ts'
import type { PacketState } from './state.ts'
import { judgeUnclaimed, mayBeClaimed } from './unclaimed.ts'
import type { PacketVerdict } from './verdict.ts'

/** A packet at an edge's ingress: its destination is replaced. The twin of the programs `arrive…` in bpf/edge.bpf.c. */
export function arrive(context: PacketContext, state: PacketState, packet: Packet): PacketVerdict {
  if (packet.kind === 'other') return { verdict: 'pass', state }
  const destination = packet.kind === 'segment' ? packet.destination.address : packet.destination
  const isOurs = mayBeOurs(context.image, foldAddress(destination))
  if (packet.kind === 'error') return isOurs ? arriveError(state, packet) : { verdict: 'pass', state }
  const known = withPorts(state, packet)
  if (!known) return { verdict: 'pass', state }
  if (!isOurs) return { verdict: 'pass', state: withoutPairOf(known.state, known.segment) }
  const result = arriveSegment(context, known.state, known.segment)
  // A later fragment has nothing that an answer could quote.
  if (result.verdict === 'refuse' && packet.kind === 'fragment') return { ...result, verdict: 'drop' }
  if (result.verdict !== 'translate' || result.packet.kind !== 'segment') return result
  return { ...result, packet: inFormOf(packet, result.packet) }
}

function arriveSegment(context: PacketContext, state: PacketState, segment: Segment): PacketVerdict {
  const isClaimed = mayBeClaimed(context, segment.protocol, segment.destination)
  if (!isClaimed && segment.destination.port < FIRST_NAT_PORT) return arriveUnclaimed(context, state, segment)
  const record = state.flows.arrivals.get(tupleKey(segment))
  if (record?.kind === 'return')
    return { verdict: 'translate', packet: { ...segment, destination: record.client }, state }
  if (record && isCurrent(context, segment, record)) return follow(context, state, segment, record)
  return isClaimed ? arriveNew(context, state, segment, record) : arriveUnclaimed(context, state, segment)
}

/**
 * Does the record count without asking its frontend again? TCP connections keep their backend. While frontends change the
 * epoch is zero, so a record that was made meanwhile has zero too: it may be of an earlier change.
 */
function isCurrent({ image }: PacketContext, segment: Segment, { epoch }: ToBackend): boolean {
  return !mayBegin(segment) || (epoch !== 0n && epoch === epochOf(image))
}

/** A packet that has no record that counts. */
function arriveNew(
  context: PacketContext,
  state: PacketState,
  segment: Segment,
  record: ToBackend | undefined,
): PacketVerdict {
  const edge = edgeOf(context)
  const offer = makeOffer(context, edge, state, segment, record)
  if (offer.kind === 'none') return arriveUnclaimed(context, state, segment)
  if (offer.kind === 'refuse') return { verdict: mayBegin(segment) ? 'refuse' : 'drop', state }
  if (offer.kind === 'drop') return { verdict: 'drop', state }
  return mayBegin(segment) || resumes(context, edge, segment, offer)
    ? beginFlow(context, offer.state, segment, offer)
    : { verdict: 'pass', state: offer.state }
}

/**
 * Is a packet of a TCP connection without a record for us to send on? The record was evicted when the backend that is
 * offered has a pair with the client. Else the kernel resets what it does not know at an address of the node; at a VIP only
 * the backend can. Beside another proxy the connection may be one of its own.
 */
function resumes(context: PacketContext, edge: Edge | undefined, segment: Segment, offer: Offer): boolean {
  const isKnown = claimPair(context, offer.state.flows, segment, offer, 'find') !== undefined
  return isKnown || !(offer.isAtNode || edge?.hasOtherProxy)
}

/** A packet to a port that no frontend has. Only what may begin a flow is refused: the rest may be of others. */
function arriveUnclaimed(context: PacketContext, state: PacketState, segment: Segment): PacketVerdict {
  if (!mayBegin(segment)) return { verdict: 'pass', state }
  const verdict = judgeUnclaimed(context, segment.destination.address)
  return { verdict, state: withoutPairOf(state, segment) }
}
