// SPDX-License-Identifier: Apache-2.0
import type { EndpointSlice } from './endpoint-slice.ts'
import type { Node } from './node.ts'
import type { Service } from './service.ts'
import type { Source } from './source.ts'

/** What one or more exports hold of a cluster, in the order in which they hold it. */
export interface Cluster {
  nodes: Node[]
  services: Service[]
  slices: EndpointSlice[]
  /** Objects of kinds that decide nothing here, by kind. */
  skipped: Map<string, number>
  /** The exports themselves, to show the place of a mistake. */
  sources: readonly Source[]
}
