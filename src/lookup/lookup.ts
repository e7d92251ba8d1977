import { type Address, familyOf, foldAddress } from '../base/address.ts'
import { PROTOCOL_NUMBERS, type Protocol } from '../base/protocol.ts'
import type { Backend } from '../image/backend.ts'
import { internalBackends } from '../image/blocks.ts'
import { decode, encodeU32, type StructValue } from '../image/codec.ts'
import { filterBit } from '../image/filter.ts'
import type { Image } from '../image/image.ts'
import { addressKey, frontendKey, UNSPECIFIED } from '../image/keys.ts'
import { enums } from '../image/layout.gen.ts'

/** A connect() as the hook sees it. An IPv4-mapped destination is an IPv4 one. */
export interface Flow {
  address: Address
  port: number
  protocol: Protocol
}

/** What the datapath does with it. `forward` lists every backend that may be chosen, all equally likely. */
export type FlowVerdict =
  | { kind: 'pass' }
  | { kind: 'refuse'; errno: 'ECONNREFUSED' | 'EHOSTUNREACH' }
  | { kind: 'forward'; backends: Backend[] }

const PASS: FlowVerdict = { kind: 'pass' }
const { ADDRESS_VIP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags
const { FRONTEND_INTERNAL_DROP, FRONTEND_EXTERNAL_LOCAL } = enums.frontend_flags
const { FILTER_LINE_BITS } = enums.filter_shape
type FrontendValue = StructValue<'frontend'>

/** The datapath's twin: bpf/lookup.h step by step, over the same map entries. */
export function lookup(image: Image, flow: Flow): FlowVerdict {
  if (!mayBeOurs(image, flow.address)) return PASS
  const exact = findFrontend(image, flow.address, flow)
  if (exact) return serve(image, exact, flow, flow.address)
  const flags = addressFlags(image, flow.address)
  if (flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE)) return lookupNodePort(image, flow, flags)
  return flags & ADDRESS_VIP ? { kind: 'refuse', errno: 'ECONNREFUSED' } : PASS
}

/** A node's address is never refused, be it a VIP as well: its own ports must stay reachable. */
function lookupNodePort(image: Image, flow: Flow, flags: number): FlowVerdict {
  const family = familyOf(flow.address)
  const nodePort = findFrontend(image, UNSPECIFIED[family], flow)
  if (!nodePort) return PASS
  const elsewhere = !(flags & ADDRESS_THIS_NODE) && nodePort.flags & FRONTEND_EXTERNAL_LOCAL
  return elsewhere ? PASS : serve(image, nodePort, flow, UNSPECIFIED[family])
}

/** `key` is the address that the frontend was found under; a guard that names another one means a damaged map. */
function serve(image: Image, frontend: FrontendValue, { port, protocol }: Flow, key: Address): FlowVerdict {
  const { guard_address, guard_port, guard_protocol } = frontend
  if (guard_address !== foldAddress(key) || guard_port !== port || guard_protocol !== PROTOCOL_NUMBERS[protocol]) {
    return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  }
  const family = familyOf(key)
  if (frontend.internal_count === 0) {
    return { kind: 'refuse', errno: frontend.flags & FRONTEND_INTERNAL_DROP ? 'EHOSTUNREACH' : 'ECONNREFUSED' }
  }
  const backends = internalBackends(image, frontend, family)
  return backends ? { kind: 'forward', backends } : { kind: 'refuse', errno: 'EHOSTUNREACH' }
}

function mayBeOurs(image: Image, address: Address): boolean {
  const bit = filterBit(address)
  const line = image.address_filter.get(encodeU32(bit >>> FILTER_LINE_BITS))
  if (line === undefined) return false
  return ((decode('filter_line', line).words[(bit >>> 6) & 7]! >> BigInt(bit & 63)) & 1n) === 1n
}

function addressFlags(image: Image, address: Address): number {
  const value = image.addresses.get(addressKey(address))
  return value === undefined ? 0 : decode('address', value).flags
}

function findFrontend(image: Image, address: Address, { port, protocol }: Flow): FrontendValue | undefined {
  const value = image.frontends.get(frontendKey(address, port, PROTOCOL_NUMBERS[protocol]))
  return value === undefined ? undefined : decode('frontend', value)
}
