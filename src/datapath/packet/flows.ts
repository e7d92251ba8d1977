// SPDX-License-Identifier: Apache-2.0
import { formatBackend } from '../backend.ts'
import type { Endpoint, Transport, Tuple } from './packet.ts'

/**
 * The flow records, by exact tuples where the programs have hashes of them. A record is replaced, never written to. Any of
 * them may be evicted at any time.
 */
export interface Flows {
  arrivals: ReadonlyMap<string, Arrival>
  pairs: ReadonlyMap<string, Pair>
}

/** What becomes of packets that arrive with a tuple. */
type Arrival = ToBackend | Return

/** From a client to a frontend. */
export interface ToBackend {
  kind: 'to backend'
  backend: Endpoint
  /** The source port that the client gets; its own unless another flow has it with this backend. */
  clientPort: number
  /** Is the source replaced where the packet leaves by an edge? */
  isMasqueraded: boolean
  /** The list that the backend was chosen from, and when. */
  block: bigint
  epoch: bigint
}

/** From a backend to the address of an edge: the answer to a masqueraded packet. */
interface Return {
  kind: 'return'
  client: Endpoint
}

/** A client and its backend: what becomes of packets between them that leave by an edge. The client as the backend's node sees it. */
export interface Pair {
  client: Endpoint
  backend: Endpoint
  /** The destination that the client sent to. */
  original: Endpoint
  /** The client's own source port. */
  ownPort: number
  isMasqueraded: boolean
  /** What the source of the client's packets becomes, once the first of them left. */
  nat?: Endpoint | undefined
}

export const NO_FLOWS: Flows = { arrivals: new Map(), pairs: new Map() }

export function tupleKey({ protocol, source, destination }: Tuple): string {
  return `${protocol} ${formatBackend(source)} > ${formatBackend(destination)}`
}

/** The key of a pair, the same whichever of the two comes first. */
export function pairKey(protocol: Transport, one: Endpoint, other: Endpoint): string {
  return `${protocol} ${[one, other].map(formatBackend).sort().join(' - ')}`
}

export function withArrival(flows: Flows, tuple: Tuple, arrival: Arrival): Flows {
  return { ...flows, arrivals: new Map(flows.arrivals).set(tupleKey(tuple), arrival) }
}

export function withPair(flows: Flows, protocol: Transport, pair: Pair): Flows {
  return { ...flows, pairs: new Map(flows.pairs).set(pairKey(protocol, pair.client, pair.backend), pair) }
}
