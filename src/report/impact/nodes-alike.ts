import type { Node, Service } from '../../spec/spec.ts'

/** A node in both versions of a spec. */
export interface NodePair {
  old: Node
  now: Node
}

/** Nodes that are in both. */
export function nodesInBoth(old: readonly Node[], now: readonly Node[]): NodePair[] {
  const before = new Map(old.map(node => [node.name, node]))
  return now.flatMap(node => {
    const was = before.get(node.name)
    return was ? { old: was, now: node } : []
  })
}

/** Nodes of one zone, in the old spec and in the new one. */
export function byZone(pairs: readonly NodePair[]): NodePair[][] {
  return groupsOf(pairs, ({ old, now }) => JSON.stringify([old.zone, now.zone]))
}

/**
 * Nodes at which all versions of a Service have the same backends: those of one zone, but for nodes that an endpoint makes a
 * difference to. Compiling one node of each group instead of all makes 10,000 Services on 100 nodes a matter of a second.
 */
export function nodesAlike(zones: readonly NodePair[][], versions: readonly Service[]): readonly NodePair[][] {
  const named = new Set(versions.flatMap(nodesNamedBy))
  if (named.size === 0) return zones
  return zones.flatMap(group => groupsOf(group, ({ now }) => (named.has(now.name) ? now.name : '')))
}

/** Nodes that hints name; where an endpoint is counts under policy Local, and between copies of an address. */
function nodesNamedBy({ internalTrafficPolicy, externalTrafficPolicy, endpoints }: Service): (string | undefined)[] {
  const members = endpoints.flatMap(group => group.endpoints)
  const isLocal = internalTrafficPolicy === 'Local' || externalTrafficPolicy === 'Local'
  const hasCopies = new Set(members.map(member => member.address)).size < members.length
  return members.flatMap(({ node, forNodes }) => (isLocal || hasCopies ? [node, ...forNodes] : forNodes))
}

function groupsOf(pairs: readonly NodePair[], keyOf: (pair: NodePair) => string): NodePair[][] {
  const groups = new Map<string, NodePair[]>()
  for (const pair of pairs) {
    const key = keyOf(pair)
    const group = groups.get(key)
    if (group) group.push(pair)
    else groups.set(key, [pair])
  }
  return [...groups.values()]
}
