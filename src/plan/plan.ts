// SPDX-License-Identifier: Apache-2.0
import type { ConfigMap } from '../datapath/image.ts'

/** One write to one map. Deleting from an array map is an update with zeroes, already resolved here. */
export interface Step {
  map: ConfigMap
  op: 'update' | 'delete'
  key: string
  /** Only for updates. */
  value?: string
}

/**
 * Everything that `program` needs, in the only safe order: after any prefix of the steps the maps are a
 * working dataplane, each frontend wholly old or wholly new.
 */
export interface Plan {
  steps: Step[]
  /** The most entries that each map holds at any prefix. */
  peak: Record<ConfigMap, number>
}
