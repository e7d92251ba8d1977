// SPDX-License-Identifier: Apache-2.0
import { type Generation, readableMaps } from '../bpf/generation/generation.ts'
import type { LiveMap } from '../bpf/maps/live.ts'
import { CONFIG_MAPS, EDGE_STATE_MAPS, type Image, STATE_MAPS } from '../datapath/image.ts'

/** Type, room and size of a map; memory in bytes, as the kernel counts it. */
export type MapStatus = Pick<LiveMap, 'type' | 'maxEntries' | 'memory'>

/** The config maps of a generation, by name; none when they cannot be read. */
export function configMapsOf(
  image: Image | undefined,
  generation: Generation | undefined,
): Record<string, MapStatus & { entries: number }> {
  const live = generation && readableMaps(generation)
  if (!live || !image) return {}
  return Object.fromEntries(CONFIG_MAPS.map(name => [name, { entries: image[name].size, ...mapStatus(live[name]) }]))
}

/** The state maps of a generation, by name. */
export function stateMapsOf(generation: Generation | undefined): Record<string, MapStatus> {
  const present = [...STATE_MAPS, ...EDGE_STATE_MAPS].map(name => [name, generation?.maps.get(name)] as const)
  return Object.fromEntries(present.flatMap(([name, map]) => (map ? [[name, mapStatus(map)]] : [])))
}

function mapStatus({ type, maxEntries, memory }: LiveMap): MapStatus {
  return { type, maxEntries, memory }
}
