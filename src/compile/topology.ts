import type { Endpoint, Node } from '../spec/spec.ts'
import type { PortEndpoint } from './endpoints.ts'

/** Which topology hints a node obeys for one service port: those that name nodes, those that name zones, or none. */
export type Topology = 'nodes' | 'zones' | 'none'

const FIELDS = { nodes: 'forNodes', zones: 'forZones' } as const
export type HintKind = keyof typeof FIELDS

/**
 * Hints count only when every ready endpoint has them and one names this node (forNodes) or its zone (forZones); one
 * endpoint without switches them off for the whole port.
 */
export function topologyOf(ready: readonly PortEndpoint[], node: Node): Topology {
  if (areObeyed('nodes', ready, node)) return 'nodes'
  return areObeyed('zones', ready, node) ? 'zones' : 'none'
}

/** Whether a ready endpoint may be used where these hints are obeyed. */
export function isHinted(endpoint: Endpoint, topology: Topology, node: Node): boolean {
  if (topology === 'none') return true
  const own = topology === 'nodes' ? node.name : node.zone
  return own !== undefined && endpoint[FIELDS[topology]].includes(own)
}

function areObeyed(kind: HintKind, ready: readonly PortEndpoint[], node: Node): boolean {
  return unhinted(kind, ready) === undefined && ready.some(e => isHinted(e.endpoint, kind, node))
}

/** The first ready endpoint without such a hint: the one that switches them off. */
export function unhinted(kind: HintKind, ready: readonly PortEndpoint[]): PortEndpoint | undefined {
  return ready.find(e => e.endpoint[FIELDS[kind]].length === 0)
}

/** How many ready endpoints have such a hint. */
export function countHinted(kind: HintKind, ready: readonly PortEndpoint[]): number {
  return ready.filter(e => e.endpoint[FIELDS[kind]].length > 0).length
}
