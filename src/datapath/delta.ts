// SPDX-License-Identifier: Apache-2.0
import { CONFIG_MAPS, type ConfigMap, type Image } from './image.ts'

/** A key of a config map whose value is to change; undefined stands for no entry. */
export interface KeyChange {
  key: string
  observed: string | undefined
  desired: string | undefined
}

/** The difference between two images. Equal images give equal deltas however the difference was found. */
export interface Delta {
  /** Only keys whose value differs, by key. */
  changes: Record<ConfigMap, KeyChange[]>
  /** How many entries each map of the observed image has. */
  sizes: Record<ConfigMap, number>
}

/** Compares two images, key by key. */
export function deltaBetween(observed: Image, desired: Image): Delta {
  return {
    changes: perMap(map => changesOf(map, observed, desired)),
    sizes: perMap(map => observed[map].size),
  }
}

/** How many entries differ, in all maps. */
export function countChanges({ changes }: Pick<Delta, 'changes'>): number {
  return CONFIG_MAPS.reduce((sum, map) => sum + changes[map].length, 0)
}

function changesOf(map: ConfigMap, observed: Image, desired: Image): KeyChange[] {
  const changes: KeyChange[] = []
  for (const [key, value] of desired[map]) {
    const old = observed[map].get(key)
    if (old !== value) changes.push({ key, observed: old, desired: value })
  }
  for (const [key, value] of observed[map]) {
    if (!desired[map].has(key)) changes.push({ key, observed: value, desired: undefined })
  }
  return changes.sort(byKey)
}

/** The order of a delta, and so of a plan: by the bytes of the key. */
export function byKey(a: KeyChange, b: KeyChange): number {
  return a.key < b.key ? -1 : 1
}

/** One value for each config map. */
export function perMap<T>(make: (map: ConfigMap) => T): Record<ConfigMap, T> {
  return Object.fromEntries(CONFIG_MAPS.map(map => [map, make(map)])) as Record<ConfigMap, T>
}
