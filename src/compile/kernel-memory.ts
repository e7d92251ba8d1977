// SPDX-License-Identifier: Apache-2.0

import { familyOf } from '../base/address.ts'
import type { ConfigMap } from '../datapath/image.ts'
import { enums, maps } from '../datapath/layout.gen.ts'
import type { Service } from '../spec/spec.ts'
import { vipsOf } from '../spec/vips.ts'

/** A map is made for up to three times the entries of its image (bpf/generation/capacity.ts), and a bucket takes 16 bytes. */
const BUCKETS = 3 * 16

/** Bytes of the kernel (6.18, x86-64) before the key of an element of a hash, and before an element that is not preallocated. */
const [HEADER, LINK] = [48, 8]

/** The sizes that the kernel allocates. */
const SLABS = [64, 96, 128, 192, 256, 512, 1024]

/**
 * Bytes of kernel memory of an element of a hash map, without its bucket. `bpftool map show` (memlock) has the same, but where the
 * kernel allocates more than an element needs.
 */
export function elementBytes(name: keyof typeof maps): number {
  const { keySize, valueSize } = maps[name]
  const size = HEADER + roundUp(keySize, 8) + roundUp(valueSize, 8) + LINK
  return SLABS.find(slab => slab >= size)!
}

function roundUp(size: number, to: number): number {
  return Math.ceil(size / to) * to
}

/**
 * Bytes of kernel memory that an entry takes, by map. Of a source range as Slab of /proc/meminfo grew by 100,000 entries; it may take a
 * node of the trie above it too.
 */
export const ENTRY_BYTES = {
  frontends: elementBytes('frontends') + BUCKETS,
  pages: elementBytes('pages') + BUCKETS,
  members: elementBytes('members') + BUCKETS,
  addresses: elementBytes('addresses') + BUCKETS,
  source_ranges: 128,
} as const satisfies Partial<Record<ConfigMap, number>>

const { SLOTS4, SLOTS6 } = enums.slot_counts

/** Backend lists of a service port and family that a node may keep in blocks: for traffic from inside and from outside. */
const LISTS = 2

/** Bytes of kernel memory that the entries of a Service take on any node of the cluster, at most. */
export function kernelMemoryOf(service: Service): number {
  const { sourceRanges } = service
  const { pages, backends } = blocksOf(service)
  // A set for each family, and in each an element that denies.
  const ranges = sourceRanges.length === 0 ? 0 : sourceRanges.length + 2
  return (
    frontendsOf(service) * ENTRY_BYTES.frontends +
    vipsOf(service).length * ENTRY_BYTES.addresses +
    LISTS * (pages * ENTRY_BYTES.pages + (mayNeedMembers(service) ? backends : 0) * ENTRY_BYTES.members) +
    ranges * ENTRY_BYTES.source_ranges
  )
}

/** May the programs look for a backend in a list of a Service that does not fit a page? */
function mayNeedMembers({ affinitySeconds, ports, endpoints }: Service): boolean {
  if (affinitySeconds === undefined && !ports.some(({ protocol }) => protocol === 'UDP')) return false
  const addresses = endpoints.flatMap(group => group.endpoints.map(({ address }) => familyOf(address)))
  const v4 = addresses.filter(family => family === 4).length
  return v4 > SLOTS4 || addresses.length - v4 > SLOTS6
}

/** How many frontends a Service has, at most. */
export function frontendsOf(service: Service): number {
  const [vips, families] = [vipsOf(service).length, service.clusterIPs.length]
  return service.ports.reduce((sum, port) => sum + vips + (port.nodePort === undefined ? 0 : families), 0)
}

/** How many pages the backends of all service ports fill, and how many they are. */
function blocksOf({ endpoints: groups }: Service): { pages: number; backends: number } {
  let [pages, backends] = [0, 0]
  for (const { ports, endpoints } of groups) {
    const v4 = endpoints.filter(({ address }) => familyOf(address) === 4).length
    const perPort = Math.ceil(v4 / SLOTS4) + Math.ceil((endpoints.length - v4) / SLOTS6)
    pages += ports.length * perPort
    backends += ports.length * endpoints.length
  }
  return { pages, backends }
}
