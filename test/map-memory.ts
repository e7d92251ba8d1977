// SPDX-License-Identifier: Apache-2.0
import { capacitiesFor } from '../src/bpf/generation/capacity.ts'
import { elementBytes } from '../src/compile/kernel-memory.ts'
import {
  CONFIG_MAPS,
  EDGE_STATE_MAPS,
  type EdgeStateMap,
  emptyImage,
  type Image,
  STATE_MAPS,
  type StateMap,
} from '../src/datapath/image.ts'
import { maps } from '../src/datapath/layout.gen.ts'
import { diff } from '../src/plan/diff.ts'

type MapName = keyof Image | StateMap | EdgeStateMap

/** Bytes of an element of a hash before its key, of a bucket, and of a page. */
const [HEADER, BUCKET, PAGE] = [48, 16, 4096]

/** Bytes of kernel memory that each map of a node with edges takes once an image is applied, on so many processors. */
export function mapMemory(image: Image, hasXdp: boolean, processors: number): Map<MapName, number> {
  const capacities: Partial<Record<MapName, number>> = capacitiesFor(diff(emptyImage(), image).peak, image, hasXdp)
  const names: MapName[] = [...CONFIG_MAPS, ...STATE_MAPS, ...EDGE_STATE_MAPS]
  return new Map(
    names.map(name => {
      const entries = name in image ? image[name as keyof Image].size : 0
      return [name, bytesOf(name, capacities[name] ?? maps[name].maxEntries, entries, processors)]
    }),
  )
}

function bytesOf(name: MapName, capacity: number, entries: number, processors: number): number {
  const { type, keySize, valueSize, flags } = maps[name]
  const value = roundUp(valueSize, 8)
  switch (type) {
    case 'hash':
      return capacity * BUCKET + entries * elementBytes(name)
    case 'lru_hash':
      return capacity * (BUCKET + HEADER + roundUp(keySize, 8) + value)
    case 'array':
      return roundUp(capacity * value, flags & MMAPABLE ? PAGE : 1)
    case 'percpu_array':
      return capacity * value * processors
    case 'lpm_trie':
    case 'sk_storage':
      return 0
  }
}

/** BPF_F_MMAPABLE */
const MMAPABLE = 1024

function roundUp(size: number, to: number): number {
  return Math.ceil(size / to) * to
}
