// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../base/address.ts'
import { recall } from '../affinity.ts'
import { enums } from '../layout.gen.ts'
import { isListed, type List, listFor } from '../list.ts'
import type { FrontendValue, Match } from '../match.ts'
import { isAdmitted } from '../sources.ts'
import type { PacketContext } from './context.ts'
import type { Edge } from './edge.ts'
import type { ToBackend } from './flows.ts'
import { frontendOf } from './frontend-of.ts'
import { type Endpoint, mayBegin, type Segment } from './packet.ts'
import type { PacketState } from './state.ts'

const { FRONTEND_EXTERNAL_LOCAL } = enums.frontend_flags

/** The backend that a packet is offered. */
export interface Offer {
  kind: 'offer'
  backend: Endpoint
  /** The list that the backend is of. */
  block: bigint
  isMasqueraded: boolean
  /** Is the client in the source ranges? They are for flows that begin: one that does not gets its offer without. */
  isAdmitted: boolean
  /** With the session of the client. */
  state: PacketState
}

/** `none`: the destination has no frontend. The others are verdicts on the packet. */
type OfferResult = Offer | { kind: 'none' } | { kind: 'refuse' } | { kind: 'drop' }

/**
 * What a packet that may begin a flow gets: the backend that its record has, while that counts; else that of the client's
 * session; else the one that the hash of its tuple chooses. bpf/offer.h.
 */
export function makeOffer(
  context: PacketContext,
  edge: Edge | undefined,
  state: PacketState,
  segment: Segment,
  record: ToBackend | undefined,
): OfferResult {
  const found = frontendOf(context, segment)
  if (found === 'damaged') return { kind: 'drop' }
  if (!found) return { kind: 'none' }
  const { frontend } = found
  const mayEnter = isAdmitted(context.image, frontend.source_ranges, segment.source.address)
  if (!mayEnter && mayBegin(segment)) return { kind: 'drop' }
  const list = listFor(frontend, edge?.list ?? 'external')
  const offer = (backend: Endpoint, next: PacketState): Offer => ({
    kind: 'offer',
    backend,
    block: list.block,
    isMasqueraded: isMasqueraded(frontend, edge, segment.source.address, backend),
    isAdmitted: mayEnter,
    state: next,
  })
  const counts = record && isInList(context, segment, list, record)
  if (counts === 'damaged') return { kind: 'drop' }
  if (counts) return offer(record.backend, state)
  if (list.count === 0) return { kind: list.drops ? 'drop' : 'refuse' }
  const backend = select(context, state, segment, found, list)
  if (!backend) return { kind: 'drop' }
  return offer(backend, withSession(context, state, segment, frontend, { backend, list }))
}

/**
 * Does the backend of a record count in the list that applies now? One that was chosen from another list does when it is in this one
 * too, for a flow of UDP. 'damaged': the list is not whole. bpf/offer.h, listing_of.
 */
function isInList(
  { image }: PacketContext,
  { protocol }: Segment,
  list: List,
  { block, backend }: ToBackend,
): boolean | 'damaged' {
  if (block === list.block) return true
  return protocol === 'UDP' && isListed(image, list, backend)
}

/** Undefined: the list is not whole. */
function select(
  { image, now, choices }: PacketContext,
  { affinity }: PacketState,
  segment: Segment,
  { frontend, address }: Match,
  list: List,
): Endpoint | undefined {
  const record = affinity.get(affinityKey(frontend, segment.source.address))
  const kept = recall(image, frontend, list, { record, now })
  if (kept) return kept === 'damaged' ? undefined : kept
  const backends = list.read(image, frontend, familyOf(address))
  return backends && choices.backend(segment, list.block, backends)
}

function withSession(
  { now }: PacketContext,
  state: PacketState,
  { source }: Segment,
  frontend: FrontendValue,
  { backend, list }: { backend: Endpoint; list: List },
): PacketState {
  if (frontend.affinity_seconds === 0) return state
  const record = { backend, block: list.block, lastUsed: now }
  return { ...state, affinity: new Map(state.affinity).set(affinityKey(frontend, source.address), record) }
}

/** A session is that of a source address and a service port, in the address's family. */
function affinityKey({ service }: FrontendValue, client: Address): string {
  return `${service} ${client}`
}

/**
 * Where the backend is elsewhere, its answers must come by this node. With policy Local it never is, and the client keeps its
 * address; but a backend that is its own client would answer itself.
 */
function isMasqueraded({ flags }: FrontendValue, edge: Edge | undefined, client: Address, backend: Endpoint): boolean {
  if (client === backend.address) return true
  return edge?.list !== 'internal' && !(flags & FRONTEND_EXTERNAL_LOCAL)
}
