// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'
import { decodeAddress } from '../datapath/check.ts'
import type { Image } from '../datapath/image.ts'
import { addressOfKey } from '../datapath/keys.ts'
import { enums } from '../datapath/layout.gen.ts'
import type { Node } from '../spec/spec.ts'

const { ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags

/**
 * The nodes of an image: the saved ones with the addresses that the maps have of them, and one with an invented name for
 * the addresses that belong to none of them. An address with a wrong check value is no
 * node's: the programs refuse calls to it. `own` is where the image is from; undefined for a host outside the cluster.
 */
export function nodesOf(image: Image, own: string | undefined, saved: readonly Node[]): Node[] {
  const addresses = [...image.addresses].map(
    ([key, value]) => [addressOfKey(key), decodeAddress(key, value) ?? 0] as const,
  )
  const having = (flag: number) => addresses.filter(([, flags]) => (flags & flag) !== 0).map(([address]) => address)
  const [here, elsewhere] = [having(ADDRESS_THIS_NODE), new Set(having(ADDRESS_OTHER_NODE))]
  const known =
    own === undefined || saved.some(node => node.name === own) ? saved : [...saved, { name: own, addresses: [] }]
  const nodes = known.map(node => ({
    ...node,
    addresses: node.name === own ? here : node.addresses.filter(address => elsewhere.has(address)),
  }))
  const taken = new Set<Address>(nodes.filter(node => node.name !== own).flatMap(node => node.addresses))
  const rest = [...elsewhere].filter(address => !taken.has(address))
  return rest.length === 0 ? nodes : [...nodes, { name: unusedName(nodes), addresses: rest }]
}

function unusedName(nodes: readonly Node[]): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? 'other-nodes' : `other-nodes-${i}`
    if (!nodes.some(node => node.name === name)) return name
  }
}
