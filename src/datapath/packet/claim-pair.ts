// SPDX-License-Identifier: Apache-2.0
import { type PacketContext, PORT_TRIES } from './context.ts'
import { type Flows, type Pair, pairKey, withPair } from './flows.ts'
import { type Endpoint, isSameEndpoint, type Tuple } from './packet.ts'

/**
 * What may be done for a pair: find it; make it where there is none; or take it from another flow when all ports tried are
 * taken. Only what begins a connection may take one.
 */
type Effort = 'find' | 'make' | 'take'

/** The backend of a flow, and whether the source is replaced on the way there. */
export type Goal = Pick<Pair, 'backend' | 'isMasqueraded'>

type Claim = { kind: 'own'; pair: Pair; flows: Flows } | { kind: 'none' } | { kind: 'taken' }

/**
 * Gives a flow a pair of its own. When another flow of this client has the pair, with another original destination, the client
 * gets another source port. So no two flows share a pair. Undefined: there is none, or all ports tried are taken.
 * bpf/pair.h.
 */
export function claimPair(
  { choices }: PacketContext,
  flows: Flows,
  tuple: Tuple,
  goal: Goal,
  effort: Effort,
): { pair: Pair; flows: Flows } | undefined {
  for (let attempt = 0; attempt < PORT_TRIES; attempt++) {
    const port = attempt === 0 ? tuple.source.port : choices.clientPort(tuple, attempt)
    const mayTake = effort === 'take' && attempt === PORT_TRIES - 1
    const claimed = claimPort(flows, tuple, port, goal, effort === 'take' && !mayTake ? 'make' : effort)
    if (claimed.kind === 'own') return claimed
    if (claimed.kind === 'none') return undefined
  }
  return undefined
}

/** Claims the pair of a flow whose backend sees its client under this port. */
export function claimPort(flows: Flows, tuple: Tuple, port: number, goal: Goal, effort: Effort): Claim {
  const { protocol, source, destination } = tuple
  const client = { ...source, port }
  // A packet whose ends are one says nothing of its direction.
  if (isSameEndpoint(client, goal.backend)) return { kind: 'taken' }
  const found = flows.pairs.get(pairKey(protocol, client, goal.backend))
  if (!found && effort === 'find') return { kind: 'none' }
  if (found && isPairOf(found, tuple, client)) {
    if (found.isMasqueraded === goal.isMasqueraded || effort === 'find') return { kind: 'own', pair: found, flows }
  } else if (found && effort !== 'take') {
    return { kind: 'taken' }
  }
  const pair = { ...goal, client, original: destination, ownPort: source.port }
  return { kind: 'own', pair, flows: withPair(flows, protocol, pair) }
}

/** Was the pair made for packets with this tuple, whose source the backend sees as `client`? */
function isPairOf(pair: Pair, { source, destination }: Tuple, client: Endpoint): boolean {
  return (
    isSameEndpoint(pair.client, client) && isSameEndpoint(pair.original, destination) && pair.ownPort === source.port
  )
}
