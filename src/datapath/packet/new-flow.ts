// SPDX-License-Identifier: Apache-2.0
import { decode, encodeU32 } from '../codec.ts'
import type { Image } from '../image.ts'
import { enums } from '../layout.gen.ts'
import { listFor } from '../list.ts'
import type { FrontendValue, Match } from '../match.ts'
import { isAdmitted } from '../sources.ts'
import { claimPair, findPair } from './claim-pair.ts'
import type { PacketContext } from './context.ts'
import type { Edge } from './edge.ts'
import { type Pair, withArrival } from './flows.ts'
import { frontendOf } from './frontend-of.ts'
import type { Endpoint, Segment } from './packet.ts'
import { select, withSession } from './select.ts'
import type { PacketState } from './state.ts'
import { isOfThisNode, judgeUnclaimed, refusalOf } from './unclaimed.ts'
import type { PacketVerdict } from './verdict.ts'

const { FRONTEND_EXTERNAL_LOCAL } = enums.frontend_flags

/** A packet without a flow record that holds: its frontend decides. */
export function newFlow(
  context: PacketContext,
  edge: Edge | undefined,
  state: PacketState,
  segment: Segment,
): PacketVerdict {
  const found = frontendOf(context, segment)
  if (found === 'damaged') return { verdict: 'drop', state }
  if (!found) return { verdict: judgeUnclaimed(context, edge, segment), state }
  const isMidstream = segment.protocol === 'TCP' && !segment.opens
  if (!isMidstream) return serve(context, edge, state, segment, found)
  return (
    restore(context, edge, state, segment, found) ??
    (mayBeOfOthers(context, edge, segment) ? { verdict: 'pass', state } : serve(context, edge, state, segment, found))
  )
}

/**
 * A TCP packet in the middle of a connection that we do not know may be one of another proxy, or of the node itself, whose
 * stack resets what nothing has. To a VIP it goes to a backend, which resets it: without an answer the client would wait.
 */
function mayBeOfOthers(context: PacketContext, edge: Edge | undefined, { destination }: Segment): boolean {
  return edge?.hasOtherProxy || isOfThisNode(context, destination.address)
}

function serve(
  context: PacketContext,
  edge: Edge | undefined,
  state: PacketState,
  segment: Segment,
  { frontend }: Match,
): PacketVerdict {
  const { image, now } = context
  const client = segment.source.address
  if (!isAdmitted(image, frontend.source_ranges, client)) return { verdict: 'drop', state }
  const list = listFor(frontend, edge?.list ?? 'external')
  if (list.count === 0) return { verdict: list.drops ? 'drop' : refusalOf(edge, segment), state }
  const backend = select(context, state, segment, frontend, list)
  if (!backend) return { verdict: 'drop', state }
  const claimed = claimPair(context, state.flows, segment, backend, isMasqueraded(frontend, edge, client, backend))
  if (!claimed) return { verdict: 'drop', state }
  const remembered = withSession(state, frontend, client, { backend, block: list.block, lastUsed: now })
  return toBackend(context, { ...remembered, flows: claimed.flows }, segment, claimed.pair, list.block)
}

/** The connection whose arrival record was evicted: its pair is still there. */
function restore(
  context: PacketContext,
  edge: Edge | undefined,
  state: PacketState,
  segment: Segment,
  { frontend }: Match,
): PacketVerdict | undefined {
  const list = listFor(frontend, edge?.list ?? 'external')
  const backend = list.count > 0 ? select(context, state, segment, frontend, list) : undefined
  const pair = backend && findPair(context, state.flows, segment, backend)
  return pair && toBackend(context, state, segment, pair, list.block)
}

/** Remembers where packets with this tuple go, and sends this one there. */
function toBackend(
  { image }: PacketContext,
  state: PacketState,
  segment: Segment,
  { client, backend, isMasqueraded }: Pair,
  block: bigint,
): PacketVerdict {
  const flows = withArrival(state.flows, segment, {
    kind: 'to backend',
    backend,
    clientPort: client.port,
    isMasqueraded,
    block,
    epoch: epochOf(image),
  })
  return {
    verdict: 'translate',
    packet: { ...segment, source: client, destination: backend },
    state: { ...state, flows },
  }
}

/**
 * Under policy Local the backend is here and sees the client. Else the source is replaced, if the packet leaves by an edge: the
 * answer must come back through this node. A pod that gets itself would answer itself.
 */
function isMasqueraded({ flags }: FrontendValue, edge: Edge | undefined, client: string, backend: Endpoint): boolean {
  if (client === backend.address) return true
  return edge?.list !== 'internal' && !(flags & FRONTEND_EXTERNAL_LOCAL)
}

/** What changes with every change of a frontend. */
export function epochOf(image: Image): bigint {
  const value = image.epoch.get(encodeU32(0))
  return value === undefined ? 0n : decode('epoch', value).epoch
}
