// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf, foldAddress } from '../base/address.ts'
import { PROTOCOL_NUMBERS } from '../base/protocol.ts'
import { decodeAddress } from './check.ts'
import { decode, type StructValue } from './codec.ts'
import type { Destination, Dial, LookupVerdict } from './dial.ts'
import { filterHas, foldLoopback, LOOPBACK } from './filter.ts'
import type { Image } from './image.ts'
import { addressKey, frontendKey, UNSPECIFIED } from './keys.ts'
import { enums } from './layout.gen.ts'

const PASS: LookupVerdict = { kind: 'pass' }
const { ADDRESS_CLUSTER_IP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags
const { FRONTEND_EXTERNAL_LOCAL, FRONTEND_LOOPBACK } = enums.frontend_flags

type Exactly<T, K extends keyof T> = [keyof T] extends [K] ? T : never

/** A frontend with the fields that the lookup knows. With one more it is `never`, and the lookup does not compile. */
export type FrontendValue = Exactly<
  StructValue<'frontend'>,
  | 'check'
  | 'internal_block'
  | 'external_block'
  | 'source_ranges'
  | 'service'
  | 'internal_count'
  | 'external_count'
  | 'affinity_seconds'
  | 'flags'
  | 'slots'
>

/** What a destination matches. */
export interface Match {
  frontend: FrontendValue
  /** The address that it stands under. */
  address: Address
}

/** A match, or the verdict where there is none. */
export function match(image: Image, dial: Dial): Match | LookupVerdict {
  const family = familyOf(dial.address)
  if (dial.address === LOOPBACK[family]) {
    const mayAnswer = mayBeOurs(image, foldLoopback(family, dial.port))
    return mayAnswer && dial.client?.isInHostNetns ? matchOnLoopback(image, dial) : PASS
  }
  if (!mayBeOurs(image, foldAddress(dial.address))) return PASS
  const exact = findFrontend(image, dial.address, dial)
  if (exact) return { frontend: exact, address: dial.address }
  const flags = addressFlags(image, dial.address)
  if (flags === undefined) return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  if (flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE)) return matchNodePort(image, dial, flags)
  return flags & ADDRESS_CLUSTER_IP ? { kind: 'refuse', errno: 'ECONNREFUSED' } : PASS
}

/**
 * A node's address is never refused, even when it is a cluster IP as well: the node's own ports must stay reachable. What
 * comes from outside to another node's address is on its way there.
 */
function matchNodePort(image: Image, dial: Dial, flags: number): Match | LookupVerdict {
  const address = UNSPECIFIED[familyOf(dial.address)]
  const nodePort = findFrontend(image, address, dial)
  if (!nodePort) return PASS
  const mayLeave = dial.client?.list === 'external' || nodePort.flags & FRONTEND_EXTERNAL_LOCAL
  const elsewhere = !(flags & ADDRESS_THIS_NODE) && mayLeave
  return elsewhere ? PASS : { frontend: nodePort, address }
}

function matchOnLoopback(image: Image, dial: Dial): Match | LookupVerdict {
  const address = UNSPECIFIED[familyOf(dial.address)]
  const nodePort = findFrontend(image, address, dial)
  return nodePort && nodePort.flags & FRONTEND_LOOPBACK ? { frontend: nodePort, address } : PASS
}

/** Does a filter have a folded address or destination? Without, there is none of it in the image. One array access. */
export function mayBeOurs(
  image: Image,
  fold: number,
  filter: 'address_filter' | 'port_filter' = 'address_filter',
): boolean {
  return filterHas(image[filter], fold)
}

/** The flags of an address, 0 without an entry; undefined when the entry is damaged. */
export function addressFlags(image: Image, address: Address): number | undefined {
  const key = addressKey(address)
  const value = image.addresses.get(key)
  return value === undefined ? 0 : decodeAddress(key, value)
}

/** The key in `frontends` of a destination that is matched under this address. */
export function keyOf({ port, protocol }: Destination, address: Address): string {
  return frontendKey(address, port, PROTOCOL_NUMBERS[protocol])
}

/** The frontend that stands under an address, whatever the address of the destination is. */
export function findFrontend(image: Image, address: Address, dial: Destination): FrontendValue | undefined {
  const value = image.frontends.get(keyOf(dial, address))
  return value === undefined ? undefined : decode('frontend', value)
}
