// SPDX-License-Identifier: Apache-2.0
import { familyOf, isInRange } from '../base/address.ts'
import { PROTOCOL_NUMBERS } from '../base/protocol.ts'
import { packSlots, slotsOf } from '../datapath/backend.ts'
import { encodeFrontend } from '../datapath/check.ts'
import { rangeSetId, serviceId } from '../datapath/identity.ts'
import { frontendKey, UNSPECIFIED } from '../datapath/keys.ts'
import { enums } from '../datapath/layout.gen.ts'
import type { Node } from '../spec/spec.ts'
import type { BlockWriter } from './blocks.ts'
import type { PacketClients } from './edges.ts'
import type { Entry } from './entry.ts'
import type { Frontend } from './frontend.ts'

const {
  FRONTEND_INTERNAL_DROP,
  FRONTEND_EXTERNAL_DROP,
  FRONTEND_EXTERNAL_LOCAL,
  FRONTEND_LOOPBACK,
  FRONTEND_HOST_ALLOWED,
  FRONTEND_HOST_DENIED,
} = enums.frontend_flags

/** The host that serves a frontend: a node or (undefined) a host outside the cluster, and which packets it translates. */
interface Host {
  node: Node | undefined
  packets: PacketClients
}

/** A frontend's element for a host. Its backend lists go to `blocks`. */
export function frontendEntry(frontend: Frontend, blocks: BlockWriter, { node, packets }: Host): Entry {
  const { family, port, internal, external, affinitySeconds } = frontend
  const address = frontend.address ?? UNSPECIFIED[family]
  const protocol = PROTOCOL_NUMBERS[frontend.protocol]
  const isInline = internal.backends.length <= slotsOf(family)
  const key = frontendKey(address, port, protocol)
  const block = blocks.id(internal.backends)
  const value = encodeFrontend(key, {
    internal_block: block,
    external_block: blocks.id(external.backends),
    source_ranges: rangeSetId(frontend.sourceRanges),
    service: serviceId(frontend.service, frontend.portName),
    internal_count: internal.backends.length,
    external_count: external.backends.length,
    affinity_seconds: affinitySeconds,
    flags: policyFlags(frontend) | (node ? ownFlags(frontend, node) : 0),
    slots: { bytes: packSlots(family, block, isInline ? internal.backends : []) },
  })
  writePages(frontend, blocks, isInline)
  writeLookedUp(frontend, blocks, packets)
  return { map: 'frontends', key, value }
}

/** The internal list is in the element when it fits; another list that a frontend names is in `pages`. */
function writePages({ family, internal, external }: Frontend, blocks: BlockWriter, isInline: boolean): void {
  if (!isInline) blocks.page(family, internal.backends)
  if (blocks.id(external.backends) !== blocks.id(internal.backends)) blocks.page(family, external.backends)
}

/** The lists in which the programs look for a backend that a client with affinity, or a flow of UDP packets, had. */
function writeLookedUp(frontend: Frontend, blocks: BlockWriter, packets: PacketClients): void {
  const { family, protocol, internal, external, affinitySeconds } = frontend
  const hasAffinity = affinitySeconds > 0
  const isDatagram = protocol === 'UDP'
  if (hasAffinity || (isDatagram && packets === 'pods')) blocks.lookedUp(family, internal.backends)
  if (hasAffinity || (isDatagram && packets !== 'none')) blocks.lookedUp(family, external.backends)
}

function policyFlags({ internal, external, externalLocal }: Frontend): number {
  return (
    (internal.action === 'drop' ? FRONTEND_INTERNAL_DROP : 0) |
    (external.action === 'drop' ? FRONTEND_EXTERNAL_DROP : 0) |
    (externalLocal ? FRONTEND_EXTERNAL_LOCAL : 0)
  )
}

/** What the frontend is to processes of its own node: a node port on loopback, or whether source ranges hold the node. */
function ownFlags({ address, family, sourceRanges }: Frontend, node: Node): number {
  if (address === undefined) return FRONTEND_LOOPBACK
  if (sourceRanges.length === 0) return 0
  const own = node.addresses.filter(a => familyOf(a) === family)
  const isIn = own.some(a => sourceRanges.some(range => isInRange(a, range)))
  return isIn ? FRONTEND_HOST_ALLOWED : FRONTEND_HOST_DENIED
}
