// SPDX-License-Identifier: Apache-2.0

import { familyOf } from '../base/address.ts'
import type { ConfigMap } from '../datapath/image.ts'
import { enums } from '../datapath/layout.gen.ts'
import type { Service } from '../spec/spec.ts'
import { vipsOf } from '../spec/vips.ts'

/** A map is made for up to three times the entries of its image (bpf/generation/capacity.ts), and a bucket takes 16 bytes. */
const BUCKETS = 3 * 16

/**
 * Bytes of kernel memory that an entry takes, by map: elements as Slab of /proc/meminfo grew by 100,000 entries (Linux
 * 6.18, x86-64), and buckets. `bpftool map show` says less (memlock: 256, 192, 96, 80 and 56 without buckets), because the
 * kernel allocates sizes of 96, 128, 192, 256, 512. A source range may take a node of the trie above it too.
 */
export const ENTRY_BYTES = {
  frontends: 256 + BUCKETS,
  pages: 192 + BUCKETS,
  members: 96 + BUCKETS,
  addresses: 96 + BUCKETS,
  source_ranges: 128,
} as const satisfies Partial<Record<ConfigMap, number>>

/** Backend lists of a service port and family that a node may keep in blocks: for traffic from inside and from outside. */
const LISTS = 2

/** Bytes of kernel memory that the entries of a Service take on any node of the cluster, at most. */
export function kernelMemoryOf(service: Service): number {
  const { sourceRanges, affinitySeconds } = service
  const { pages, backends } = blocksOf(service)
  const members = affinitySeconds === undefined ? 0 : backends
  // A set for each family, and in each an element that denies.
  const ranges = sourceRanges.length === 0 ? 0 : sourceRanges.length + 2
  return (
    frontendsOf(service) * ENTRY_BYTES.frontends +
    vipsOf(service).length * ENTRY_BYTES.addresses +
    LISTS * (pages * ENTRY_BYTES.pages + members * ENTRY_BYTES.members) +
    ranges * ENTRY_BYTES.source_ranges
  )
}

/** How many frontends a Service has, at most. */
export function frontendsOf(service: Service): number {
  const [vips, families] = [vipsOf(service).length, service.clusterIPs.length]
  return service.ports.reduce((sum, port) => sum + vips + (port.nodePort === undefined ? 0 : families), 0)
}

/** How many pages the backends of all service ports fill, and how many they are. */
function blocksOf({ endpoints: groups }: Service): { pages: number; backends: number } {
  const { SLOTS4, SLOTS6 } = enums.slot_counts
  let [pages, backends] = [0, 0]
  for (const { ports, endpoints } of groups) {
    const v4 = endpoints.filter(({ address }) => familyOf(address) === 4).length
    const perPort = Math.ceil(v4 / SLOTS4) + Math.ceil((endpoints.length - v4) / SLOTS6)
    pages += ports.length * perPort
    backends += ports.length * endpoints.length
  }
  return { pages, backends }
}
