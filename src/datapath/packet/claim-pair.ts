// SPDX-License-Identifier: Apache-2.0
import { type PacketContext, PORT_TRIES } from './context.ts'
import { type Flows, type Pair, pairKey, withPair } from './flows.ts'
import { type Endpoint, isSameEndpoint, type Tuple } from './packet.ts'

/** A flow's pair: new, or found because one of the flow's other records was evicted. */
interface ClaimedPair {
  pair: Pair
  flows: Flows
}

/**
 * Gives a flow a pair of its own. When another flow of this client has the pair, with another original destination, the client
 * gets another source port. So no two flows share a pair. Undefined: all ports that were tried are taken.
 */
export function claimPair(
  context: PacketContext,
  flows: Flows,
  tuple: Tuple,
  backend: Endpoint,
  isMasqueraded: boolean,
): ClaimedPair | undefined {
  for (const client of candidates(context, tuple, backend)) {
    const found = flows.pairs.get(pairKey(tuple.protocol, client, backend))
    if (found && isPairOf(found, tuple, client)) return { pair: found, flows }
    if (found) continue
    const pair = { client, backend, original: tuple.destination, ownPort: tuple.source.port, isMasqueraded }
    return { pair, flows: withPair(flows, tuple.protocol, pair) }
  }
  return undefined
}

/** The pair that a flow has with a backend, if it has one. */
export function findPair(context: PacketContext, flows: Flows, tuple: Tuple, backend: Endpoint): Pair | undefined {
  for (const client of candidates(context, tuple, backend)) {
    const found = flows.pairs.get(pairKey(tuple.protocol, client, backend))
    if (!found) return undefined
    if (isPairOf(found, tuple, client)) return found
  }
  return undefined
}

/** Was the pair made for packets with this tuple, whose source the backend sees as `client`? */
export function isPairOf(pair: Pair, { source, destination }: Tuple, client: Endpoint): boolean {
  return (
    isSameEndpoint(pair.client, client) && isSameEndpoint(pair.original, destination) && pair.ownPort === source.port
  )
}

/** What the backend may see as its client: its own port first. A pair of equal ends would not tell one end from the other. */
function candidates({ choices }: PacketContext, tuple: Tuple, backend: Endpoint): Endpoint[] {
  const { address, port } = tuple.source
  const ports = Array.from({ length: PORT_TRIES }, (_, i) => (i === 0 ? port : choices.clientPort(tuple, i)))
  return ports.map(port => ({ address, port })).filter(client => !isSameEndpoint(client, backend))
}
