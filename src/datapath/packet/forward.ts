// SPDX-License-Identifier: Apache-2.0
import { decode, encodeU32 } from '../codec.ts'
import type { Image } from '../image.ts'
import { claimPair, claimPort, type Goal } from './claim-pair.ts'
import type { PacketContext } from './context.ts'
import { type Pair, type ToBackend, withArrival } from './flows.ts'
import { mayBegin, type Segment } from './packet.ts'
import type { PacketState } from './state.ts'
import type { PacketVerdict } from './verdict.ts'

/** Makes the records of a flow with what it is offered, the pair first, and sends its packet on. */
export function beginFlow(
  context: PacketContext,
  state: PacketState,
  segment: Segment,
  goal: Goal & { block: bigint },
): PacketVerdict {
  const { backend, isMasqueraded, block } = goal
  const effort = segment.protocol === 'TCP' && mayBegin(segment) ? 'take' : 'make'
  const claimed = claimPair(context, state.flows, segment, { backend, isMasqueraded }, effort)
  if (!claimed) return { verdict: 'drop', state }
  const flows = withArrival(claimed.flows, segment, {
    kind: 'to backend',
    backend,
    clientPort: claimed.pair.client.port,
    isMasqueraded,
    block,
    epoch: epochOf(context.image),
  })
  return forward({ ...state, flows }, segment, claimed.pair)
}

/**
 * Sends on a packet whose record says where. The pair is put back when it was evicted. When another flow has it by now, this
 * one begins again: it gets another port, which the backend of a connection resets.
 */
export function follow(context: PacketContext, state: PacketState, segment: Segment, record: ToBackend): PacketVerdict {
  const { backend, isMasqueraded, clientPort } = record
  const claimed = claimPort(state.flows, segment, clientPort, { backend, isMasqueraded }, 'make')
  return claimed.kind === 'own'
    ? forward({ ...state, flows: claimed.flows }, segment, claimed.pair)
    : beginFlow(context, state, segment, record)
}

/** The same for a flow that may keep its backend in this epoch: its record says so from now on. */
export function keep(context: PacketContext, state: PacketState, segment: Segment, record: ToBackend): PacketVerdict {
  const kept = { ...record, epoch: epochOf(context.image) }
  return follow(context, { ...state, flows: withArrival(state.flows, segment, kept) }, segment, kept)
}

function forward(state: PacketState, segment: Segment, { client, backend }: Pair): PacketVerdict {
  return { verdict: 'translate', packet: { ...segment, source: client, destination: backend }, state }
}

/** What changes with every change of a frontend. */
export function epochOf(image: Image): bigint {
  const value = image.epoch.get(encodeU32(0))
  return value === undefined ? 0n : decode('epoch', value).epoch
}
