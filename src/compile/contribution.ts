// SPDX-License-Identifier: Apache-2.0
import { type Address, foldAddress } from '../base/address.ts'
import { foldLoopback } from '../datapath/filter.ts'
import { addressKey } from '../datapath/keys.ts'
import { enums } from '../datapath/layout.gen.ts'
import type { Node, Service } from '../spec/spec.ts'
import { type Arrivals, arrivalsOf, NO_ARRIVALS } from './arrivals.ts'
import { type Block, BlockWriter } from './blocks.ts'
import type { PacketClients } from './edges.ts'
import type { Entry } from './entry.ts'
import type { Frontend } from './frontend.ts'
import { frontendEntry } from './frontend-entry.ts'
import { frontendsOf } from './frontends.ts'
import { rangeEntries } from './ranges.ts'
import { type FrontendContext, nodeAt, type Viewpoint } from './viewpoint.ts'

const { ADDRESS_CLUSTER_IP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE, ADDRESS_EXTERNAL } = enums.address_flags

/**
 * What one Service, one Node, or the edges of a host add to an image. An image is the sum of its contributions. What several
 * of them may have (all but frontends) stands in the image as long as one of them has it.
 */
export interface Contribution {
  /** The Service's frontends, each of which no other contribution has. */
  frontends: readonly Frontend[]
  entries: readonly Entry[]
  /** Backend lists that the frontends name by id. */
  blocks: readonly Block[]
  addresses: readonly AddressUse[]
  /** What the address filter has beside `addresses`, folded: node ports on loopback, addresses for masquerading. */
  filtered: readonly number[]
  /** How many service ports have a backend. */
  serving: number
  arrivals: Arrivals
}

/** What an address is: a cluster IP, external, of this node, or of another one. It can be several at once. */
export interface AddressUse {
  /** Its key in `addresses`. */
  key: string
  /** The address folded, as the filter has it. */
  fold: number
  /** One of `address_flags`. */
  flag: number
}

/** What the contributions of Services depend on beside the Service. */
export interface ImageContext extends FrontendContext {
  packets: PacketClients
}

/** What a Service adds to the image of one host. Pure. */
export function contributionOf(service: Service, context: ImageContext): Contribution {
  const frontends = frontendsOf(service, context)
  const entries: Entry[] = []
  const blocks = new BlockWriter(entries)
  const node = nodeAt(context.viewpoint)
  const host = { node, packets: context.packets }
  for (const { sourceRanges } of frontends) if (sourceRanges.length > 0) entries.push(...rangeEntries(sourceRanges))
  for (const frontend of withoutHidden(frontends)) entries.push(frontendEntry(frontend, blocks, host))
  return {
    frontends,
    entries,
    blocks: blocks.blocks,
    addresses: frontends.flatMap(({ kind, address }) =>
      kind === 'nodePort' ? [] : addressUse(address!, VIP_FLAGS[kind]),
    ),
    filtered: node ? loopbacksOf(frontends) : [],
    serving: countServing(frontends),
    arrivals: context.packets === 'none' ? NO_ARRIVALS : arrivalsOf(frontends, entries),
  }
}

const VIP_FLAGS = {
  clusterIP: ADDRESS_CLUSTER_IP,
  externalIP: ADDRESS_EXTERNAL,
  loadBalancer: ADDRESS_EXTERNAL,
} as const

/** What a node adds to the image of one host: its addresses, on which node ports answer. Pure. */
export function nodeContributionOf({ name, addresses }: Node, viewpoint: Viewpoint): Contribution {
  const flag = nodeAt(viewpoint)?.name === name ? ADDRESS_THIS_NODE : ADDRESS_OTHER_NODE
  return { ...NOTHING, addresses: addresses.map(address => addressUse(address, flag)) }
}

/** A contribution that adds nothing. */
export const NOTHING: Contribution = {
  frontends: [],
  entries: [],
  blocks: [],
  addresses: [],
  filtered: [],
  serving: 0,
  arrivals: NO_ARRIVALS,
}

function addressUse(address: Address, flag: number): AddressUse {
  return { key: addressKey(address), fold: foldAddress(address), flag }
}

/** The node ports of a node on its loopback addresses. */
function loopbacksOf(frontends: readonly Frontend[]): number[] {
  return frontends.flatMap(({ kind, family, port }) => (kind === 'nodePort' ? foldLoopback(family, port) : []))
}

/** An address that a Service names more than once is served as the last of cluster IP, external IP, load balancer. */
function withoutHidden(frontends: readonly Frontend[]): Iterable<Frontend> {
  if (frontends.length === 1) return frontends
  const place = ({ address, family, port, protocol }: Frontend) => `${address ?? family} ${port} ${protocol}`
  return new Map(frontends.map(frontend => [place(frontend), frontend])).values()
}

/** How many service ports have a backend. The frontends come by port. */
function countServing(frontends: readonly Frontend[]): number {
  let count = 0
  let last: string | undefined
  for (const { portName, internal, external } of frontends) {
    if (portName === last || internal.backends.length + external.backends.length === 0) continue
    last = portName
    count++
  }
  return count
}
