// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../base/address.ts'
import { type AffinityRecord, recall } from '../affinity.ts'
import type { Backend } from '../backend.ts'
import type { List } from '../list.ts'
import type { FrontendValue } from '../match.ts'
import type { PacketContext } from './context.ts'
import type { Segment } from './packet.ts'
import type { PacketState } from './state.ts'

/**
 * A backend of a list that has some: the one that the client's session remembers, else by hash. Undefined: the list is not
 * whole.
 */
export function select(
  { image, now, choices }: PacketContext,
  { affinity }: PacketState,
  segment: Segment,
  frontend: FrontendValue,
  list: List,
): Backend | undefined {
  const record = affinity.get(affinityKey(frontend, segment.source.address))
  const kept = recall(image, frontend, list.block, { record, now })
  if (kept) return kept
  const backends = list.read(image, frontend, familyOf(segment.destination.address))
  return backends && choices.backend(segment, list.block, backends)
}

/** The state once a new flow got its backend. Each new flow renews the session of its client. */
export function withSession(
  state: PacketState,
  frontend: FrontendValue,
  client: Address,
  record: AffinityRecord,
): PacketState {
  if (frontend.affinity_seconds === 0) return state
  return { ...state, affinity: new Map(state.affinity).set(affinityKey(frontend, client), record) }
}

/** A session is that of a source address and a service port, in the address's family. */
function affinityKey({ service }: FrontendValue, client: Address): string {
  return `${service} ${client}`
}
