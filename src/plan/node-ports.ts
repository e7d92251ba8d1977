// SPDX-License-Identifier: Apache-2.0
import { decode } from '../datapath/codec.ts'
import type { KeyChange } from '../datapath/delta.ts'
import { frontendKey, UNSPECIFIED } from '../datapath/keys.ts'
import { enums } from '../datapath/layout.gen.ts'

const { ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags
const NODE_FLAGS = ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE

/** A key of `frontends` begins with an address. */
export const ADDRESS_BYTES = 16
const NODE_PORT_ADDRESSES = new Set(Object.values(UNSPECIFIED).map(a => frontendKey(a, 0, 0).slice(0, ADDRESS_BYTES)))

/** A change of a node port: its key in `frontends` is for every address of every node. */
export function isNodePort({ key }: Pick<KeyChange, 'key'>): boolean {
  return NODE_PORT_ADDRESSES.has(key.slice(0, ADDRESS_BYTES))
}

/** A change of `addresses` after which the address is no longer one of a node. */
export function leavesNode({ observed, desired }: KeyChange): boolean {
  return nodeFlags(observed) > 0 && nodeFlags(desired) === 0
}

function nodeFlags(address: string | undefined): number {
  return address === undefined ? 0 : decode('address', address).flags & NODE_FLAGS
}
