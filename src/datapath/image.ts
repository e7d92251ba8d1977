// SPDX-License-Identifier: Apache-2.0
import { maps } from './layout.gen.ts'

/**
 * What one node's config maps should hold, or do hold: for each map, key bytes → value bytes. Bytes are
 * carried as latin1 strings (one character a byte): cheap to compare, to hash and to use as Map keys.
 * Array maps are sparse here: an absent entry is all zero, as the kernel makes it.
 */
export type Image = Record<ConfigMap, Entries>
export type Entries = Map<string, string>

/** The maps that only `apply` writes, in the order in which they are shown. */
export const CONFIG_MAPS = [
  'addresses',
  'frontends',
  'pages',
  'members',
  'source_ranges',
  'address_filter',
  'port_filter',
  'devices',
  'epoch',
  'revision',
] as const satisfies (keyof typeof maps)[]
export type ConfigMap = (typeof CONFIG_MAPS)[number]

/** The maps that only the programs write. They are no part of an image. A new generation takes them over, but for `generation_info`. */
export const STATE_MAPS = [
  'generation_info',
  'socket_slots',
  'slot_owners',
  'socket_revnat',
  'datagram_revnat',
  'affinity',
] as const satisfies (keyof typeof maps)[]
export type StateMap = (typeof STATE_MAPS)[number]

/** The state maps of the programs at edges: a generation without edges has none of them. */
export const EDGE_STATE_MAPS = [
  'flows',
  'flow_secret',
  'flow_counts',
  'flow_filter',
  'fragments',
  'hot_flows',
  'refusals',
  'edge_counts',
] as const satisfies (keyof typeof maps)[]
export type EdgeStateMap = (typeof EDGE_STATE_MAPS)[number]

/** The state of edges that a new generation takes over, in groups as STATE_GROUPS. */
export const EDGE_STATE_GROUPS: readonly (readonly EdgeStateMap[])[] = [
  ['flows', 'flow_secret', 'flow_counts', 'flow_filter'],
  ['fragments'],
  ['hot_flows'],
]

/** The state that a new generation takes over, in groups of maps that are taken over together or not at all. */
export const STATE_GROUPS: readonly (readonly StateMap[])[] = [
  ['socket_slots', 'slot_owners', 'socket_revnat'],
  ['datagram_revnat'],
  ['affinity'],
]

export function emptyImage(): Image {
  return Object.fromEntries(CONFIG_MAPS.map(name => [name, new Map()])) as unknown as Image
}

export function isArray(map: ConfigMap): boolean {
  return maps[map].type === 'array'
}

/** Drops all-zero entries of array maps, which stand for absence. */
export function withoutZeroes(entries: Entries): Entries {
  const kept: Entries = new Map()
  for (const [key, value] of entries) if (/[^\0]/.test(value)) kept.set(key, value)
  return kept
}

/** An all-zero value of an array map: what deleting its entry means. */
export function zeroValue(map: ConfigMap): string {
  return '\0'.repeat(maps[map].valueSize)
}
