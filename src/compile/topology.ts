// SPDX-License-Identifier: Apache-2.0
import type { Endpoint } from '../spec/spec.ts'
import type { PortEndpoint } from './endpoints.ts'
import { nodeAt, type Viewpoint } from './viewpoint.ts'

/** Which topology hints a node obeys for one service port: those that name nodes, those that name zones, or none. */
export type Topology = 'nodes' | 'zones' | 'none'

const FIELDS = { nodes: 'forNodes', zones: 'forZones' } as const
export type HintKind = keyof typeof FIELDS

/**
 * Hints count only when every ready endpoint has them and one names this node (forNodes) or its zone (forZones); one
 * endpoint without switches them off for the whole port.
 */
export function topologyOf(ready: readonly PortEndpoint[], viewpoint: Viewpoint): Topology {
  if (areObeyed('nodes', ready, viewpoint)) return 'nodes'
  return areObeyed('zones', ready, viewpoint) ? 'zones' : 'none'
}

/** Whether a ready endpoint may be used where these hints are obeyed. */
export function isHinted(endpoint: Endpoint, topology: Topology, viewpoint: Viewpoint): boolean {
  if (topology === 'none') return true
  const node = nodeAt(viewpoint)
  const own = topology === 'nodes' ? node?.name : node?.zone
  return own !== undefined && endpoint[FIELDS[topology]].includes(own)
}

function areObeyed(kind: HintKind, ready: readonly PortEndpoint[], viewpoint: Viewpoint): boolean {
  return unhinted(kind, ready) === undefined && ready.some(e => isHinted(e.endpoint, kind, viewpoint))
}

/** The first ready endpoint without such a hint: the one that switches them off. */
export function unhinted(kind: HintKind, ready: readonly PortEndpoint[]): PortEndpoint | undefined {
  return ready.find(e => e.endpoint[FIELDS[kind]].length === 0)
}

/** How many ready endpoints have such a hint. */
export function countHinted(kind: HintKind, ready: readonly PortEndpoint[]): number {
  return ready.filter(e => e.endpoint[FIELDS[kind]].length > 0).length
}
