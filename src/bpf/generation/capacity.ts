// SPDX-License-Identifier: Apache-2.0
import { CONFIG_MAPS, type ConfigMap, type Image, isArray } from '../../datapath/image.ts'
import { maps, structs } from '../../datapath/layout.gen.ts'
import type { Plan } from '../../plan/plan.ts'
import type { LiveMaps } from '../maps/live.ts'

/** No map is made smaller than this: a small cluster grows for a while before its maps are made anew. */
const LEAST = 1024

/**
 * An LRU takes all its memory when it is made (this one 8 MiB), so it is made large only where some Service has affinity.
 */
const REMEMBERED = 65_536

/** Of the maps that apply makes itself. `hot_flows` is made only with edges. */
export type Capacities = Record<ConfigMap | 'affinity' | 'hot_flows', number>

/**
 * How many entries each map of a new generation gets for an image, and the peak of a plan that makes it: room for half as
 * many again, rounded up to a power of two, because the kernel rounds the buckets to one anyway. Buckets are all that an
 * empty map costs (16 bytes each); elements are allocated as they come. What the kernel allows (2^27 entries of a hash)
 * is out of reach: an image ends at 2^24, the most that a JavaScript Map holds. Memory ends before that.
 */
export function capacitiesFor(peak: Plan['peak'], image: Image, hasXdp = false): Capacities {
  const capacity = (name: ConfigMap) => {
    if (isArray(name)) return maps[name].maxEntries
    return Math.max(LEAST, 2 ** Math.ceil(Math.log2(peak[name] * 1.5 + 1)))
  }
  const config = Object.fromEntries(CONFIG_MAPS.map(name => [name, capacity(name)])) as Record<ConfigMap, number>
  return { ...config, affinity: affinityEntries(image), hot_flows: hotFlowSets(hasXdp) }
}

/** How many sets of hot flows XDP needs. The programs of edges need the map even where no device has XDP. */
export function hotFlowSets(hasXdp: boolean): number {
  return hasXdp ? maps.hot_flows.maxEntries : 1
}

/** How many clients keep their backend for an image: the map is an LRU, so with more the least recently used lose theirs. */
export function affinityEntries({ frontends }: Image): number {
  const { offset } = structs.frontend.fields.affinity_seconds
  for (const value of frontends.values()) if (value.slice(offset, offset + 4) !== NO_AFFINITY) return REMEMBERED
  return 1
}

const NO_AFFINITY = '\0'.repeat(4)

/** The maps that cannot hold a plan's peak. */
export function tooSmall(live: LiveMaps, peak: Plan['peak']): ConfigMap[] {
  return CONFIG_MAPS.filter(name => !isArray(name) && peak[name] > live[name].maxEntries)
}
