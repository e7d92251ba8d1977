// SPDX-License-Identifier: Apache-2.0
import type { Cluster } from '../../src/cluster/cluster.ts'
import { Rendering } from '../../src/render/rendering.ts'
import { serviceKey } from '../../src/spec/name.ts'

/** All of a cluster, rendered from nothing. */
export function fullRendering({ services, slices, nodes }: Cluster): Rendering {
  const full = new Rendering()
  full.change({
    nodes,
    services: new Map(services.map(service => [serviceKey(service), service])),
    slices: Map.groupBy(slices, slice => serviceKey({ namespace: slice.namespace, name: slice.service })),
  })
  return full
}
