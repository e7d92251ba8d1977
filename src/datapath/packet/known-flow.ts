// SPDX-License-Identifier: Apache-2.0
import { isMember } from '../affinity.ts'
import { listFor } from '../list.ts'
import { isAdmitted } from '../sources.ts'
import { isPairOf } from './claim-pair.ts'
import type { PacketContext } from './context.ts'
import type { Edge } from './edge.ts'
import { type Arrival, pairKey, type ToBackend, withArrival, withPair } from './flows.ts'
import { frontendOf } from './frontend-of.ts'
import { epochOf, newFlow } from './new-flow.ts'
import type { Segment } from './packet.ts'
import type { PacketState } from './state.ts'
import type { PacketVerdict } from './verdict.ts'

/** A packet whose arrival record was found. */
export function knownFlow(
  context: PacketContext,
  edge: Edge | undefined,
  state: PacketState,
  segment: Segment,
  record: Arrival,
): PacketVerdict {
  if (record.kind === 'return')
    return { verdict: 'translate', packet: { ...segment, destination: record.client }, state }
  const mayMove = segment.protocol === 'UDP' || segment.opens
  if (!mayMove || record.epoch === epochOf(context.image)) return follow(context, edge, state, segment, record)
  const renewed = renew(context, edge, segment, record)
  return renewed
    ? follow(context, edge, stamped(state, segment, renewed), segment, renewed)
    : newFlow(context, edge, state, segment)
}

function stamped(state: PacketState, segment: Segment, record: ToBackend): PacketState {
  return { ...state, flows: withArrival(state.flows, segment, record) }
}

/** The record as of this epoch, when the frontend would still send its client to its backend. */
function renew(
  context: PacketContext,
  edge: Edge | undefined,
  segment: Segment,
  record: ToBackend,
): ToBackend | undefined {
  const { image } = context
  const found = frontendOf(context, segment)
  if (!found || found === 'damaged') return undefined
  const { block, count } = listFor(found.frontend, edge?.list ?? 'external')
  if (count === 0 || !isAdmitted(image, found.frontend.source_ranges, segment.source.address)) return undefined
  if (block !== record.block && !isMember(image, block, record.backend)) return undefined
  return { ...record, block, epoch: epochOf(image) }
}

/**
 * Where the record says. The pair is put back when it was evicted. When another flow has it by now, this one begins again:
 * it gets another port, or a reset.
 */
function follow(
  context: PacketContext,
  edge: Edge | undefined,
  state: PacketState,
  segment: Segment,
  { backend, clientPort, isMasqueraded }: ToBackend,
): PacketVerdict {
  const { protocol, source, destination } = segment
  const client = { address: source.address, port: clientPort }
  const found = state.flows.pairs.get(pairKey(protocol, client, backend))
  if (found && !isPairOf(found, segment, client)) return newFlow(context, edge, state, segment)
  const pair = { client, backend, original: destination, ownPort: source.port, isMasqueraded }
  const flows = found ? state.flows : withPair(state.flows, protocol, pair)
  return {
    verdict: 'translate',
    packet: { ...segment, source: client, destination: backend },
    state: { ...state, flows },
  }
}
