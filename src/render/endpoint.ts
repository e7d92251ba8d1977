// SPDX-License-Identifier: Apache-2.0
import { sortedUnique } from '../base/sort.ts'
import type { SliceEndpoint } from '../cluster/endpoint-slice.ts'
import type { Endpoint } from '../spec/spec.ts'

const NONE: string[] = []

/** An endpoint as the spec has it: without what its node says anyway. There are 100,000 of them, so no spreading. */
export function toEndpoint(source: SliceEndpoint, zones: ReadonlyMap<string, string>): Endpoint {
  const { address, node, zone, ready, serving, terminating } = source
  const forZones = source.forZones.length === 0 ? NONE : sortedUnique(source.forZones)
  const forNodes = source.forNodes.length === 0 ? NONE : sortedUnique(source.forNodes)
  const endpoint: Endpoint = node
    ? { address, node, ready, serving, terminating, forZones, forNodes }
    : { address, ready, serving, terminating, forZones, forNodes }
  if (zone && !(node && zones.get(node) === zone)) endpoint.zone = zone
  return endpoint
}
