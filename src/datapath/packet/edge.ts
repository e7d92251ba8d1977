// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf } from '../../base/address.ts'
import { encodeDevice } from '../check.ts'
import { decode, encodeU32 } from '../codec.ts'
import { enums } from '../layout.gen.ts'
import type { PacketContext } from './context.ts'

const { DEVICE_POD, DEVICE_OTHER_PROXY } = enums.device_flags

/** What the image says of a device. */
export interface Edge {
  /** The source of masqueraded packets that leave by it. */
  nat(family: Family): Address | undefined
  /** The list that applies to packets that come by it. */
  list: 'internal' | 'external'
  hasOtherProxy: boolean
}

/** The edge that has the packet; undefined when the image has none, or a damaged one. */
export function edgeOf({ image, ifindex }: PacketContext): Edge | undefined {
  const value = image.devices.get(encodeU32(ifindex))
  if (value === undefined) return undefined
  const { nat4, nat6, flags } = decode('device', value)
  if (encodeDevice(ifindex, { nat4, nat6, flags }) !== value) return undefined
  const known = [nat4, nat6].filter(address => address !== '::')
  return {
    nat: family => known.find(address => familyOf(address) === family),
    list: flags & DEVICE_POD ? 'internal' : 'external',
    hasOtherProxy: (flags & DEVICE_OTHER_PROXY) !== 0,
  }
}
