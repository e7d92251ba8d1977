import { type Address, familyOf, foldAddress, isInRange } from '../base/address.ts'
import { PROTOCOL_NUMBERS } from '../base/protocol.ts'
import { packSlots, slotsOf } from '../datapath/backend.ts'
import { encode } from '../datapath/codec.ts'
import { buildFilter, foldLoopback } from '../datapath/filter.ts'
import { serviceId } from '../datapath/identity.ts'
import { emptyImage, type Image } from '../datapath/image.ts'
import { addressKey, frontendKey, UNSPECIFIED } from '../datapath/keys.ts'
import { enums } from '../datapath/layout.gen.ts'
import type { Node } from '../spec/spec.ts'
import { BlockWriter } from './blocks.ts'
import type { Frontend } from './frontend.ts'
import { addRanges } from './ranges.ts'

const { ADDRESS_VIP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags
const {
  FRONTEND_INTERNAL_DROP,
  FRONTEND_EXTERNAL_DROP,
  FRONTEND_EXTERNAL_LOCAL,
  FRONTEND_LOOPBACK,
  FRONTEND_HOME_IN,
  FRONTEND_HOME_OUT,
} = enums.frontend_flags

/** The map entries that make `node` (or a host that is none) serve these frontends: all but the revision. */
export function assemble(frontends: readonly Frontend[], nodes: readonly Node[], node: Node | undefined): Image {
  const image = emptyImage()
  const blocks = new BlockWriter(image)
  for (const frontend of frontends) addFrontend(image, blocks, frontend, node)
  const flags = addressFlags(frontends, nodes, node)
  for (const [address, flag] of flags) image.addresses.set(addressKey(address), encode('address', { flags: flag }))
  image.address_filter = buildFilter([...[...flags.keys()].map(foldAddress), ...loopbackFolds(frontends, node)])
  return image
}

function addFrontend(image: Image, blocks: BlockWriter, frontend: Frontend, node: Node | undefined): void {
  const { family, internal, external, affinitySeconds } = frontend
  const address = frontend.address ?? UNSPECIFIED[family]
  const protocol = PROTOCOL_NUMBERS[frontend.protocol]
  const fits = internal.backends.length <= slotsOf(family)
  const internalBlock = blocks.id(internal.backends)
  const externalBlock = blocks.id(external.backends)
  if (!fits) blocks.page(family, internal.backends)
  if (externalBlock !== internalBlock) blocks.page(family, external.backends)
  if (affinitySeconds > 0) {
    blocks.members(internal.backends)
    blocks.members(external.backends)
  }
  const value = encode('frontend', {
    guard_address: foldAddress(address),
    guard_port: frontend.port,
    guard_protocol: protocol,
    internal_block: internalBlock,
    external_block: externalBlock,
    source_ranges: addRanges(image, frontend.sourceRanges),
    service: serviceId(frontend.service, frontend.portName),
    internal_count: internal.backends.length,
    external_count: external.backends.length,
    affinity_seconds: affinitySeconds,
    flags: flagsOf(frontend) | (node ? homeFlags(frontend, node) : 0),
    slots: { bytes: packSlots(family, fits ? internal.backends : []) },
  })
  image.frontends.set(frontendKey(address, frontend.port, protocol), value)
}

function flagsOf({ internal, external, externalLocal }: Frontend): number {
  return (
    (internal.action === 'drop' ? FRONTEND_INTERNAL_DROP : 0) |
    (external.action === 'drop' ? FRONTEND_EXTERNAL_DROP : 0) |
    (externalLocal ? FRONTEND_EXTERNAL_LOCAL : 0)
  )
}

/** What the frontend is to the processes of its own node. */
function homeFlags({ address, family, sourceRanges }: Frontend, node: Node): number {
  if (address === undefined) return FRONTEND_LOOPBACK
  if (sourceRanges.length === 0) return 0
  const own = node.addresses.filter(a => familyOf(a) === family)
  const isIn = own.some(a => sourceRanges.some(range => isInRange(a, range)))
  return isIn ? FRONTEND_HOME_IN : FRONTEND_HOME_OUT
}

/** A host that is no node has no node ports of its own. */
function loopbackFolds(frontends: readonly Frontend[], node: Node | undefined): number[] {
  if (!node) return []
  return frontends.filter(({ address }) => address === undefined).map(({ family, port }) => foldLoopback(family, port))
}

/** What each address is; one can be a VIP and a node's address at once. */
function addressFlags(
  frontends: readonly Frontend[],
  nodes: readonly Node[],
  own: Node | undefined,
): Map<Address, number> {
  const flags = new Map<Address, number>()
  const add = (address: Address, flag: number) => flags.set(address, (flags.get(address) ?? 0) | flag)
  for (const { address, kind } of frontends) if (address !== undefined && kind !== 'nodePort') add(address, ADDRESS_VIP)
  for (const node of nodes) {
    for (const address of node.addresses) add(address, node.name === own?.name ? ADDRESS_THIS_NODE : ADDRESS_OTHER_NODE)
  }
  return flags
}
