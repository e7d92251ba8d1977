// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf, foldAddress } from '../base/address.ts'
import { PROTOCOL_NUMBERS, type Protocol } from '../base/protocol.ts'
import type { Backend } from './backend.ts'
import { externalBackends, internalBackends } from './blocks.ts'
import { decodeAddress, frontendCheck } from './check.ts'
import { decode, encode, encodeU32, type StructValue } from './codec.ts'
import { filterBit, foldLoopback, LOOPBACK } from './filter.ts'
import type { Image } from './image.ts'
import { addressKey, frontendKey, UNSPECIFIED } from './keys.ts'
import { enums } from './layout.gen.ts'
import { isAdmitted } from './sources.ts'

/** What a client addresses. An IPv4-mapped destination is an IPv4 one. */
export interface Destination {
  address: Address
  port: number
  protocol: Protocol
}

/**
 * Who asks for a backend, a socket or the sender of a packet (struct client in bpf/client.h). Without fields: a socket of a
 * pod of this node, not bound to an address.
 */
export interface LookupClient {
  /** In the host network namespace, where apply ran: loopback addresses are the node's. Never of a packet. */
  isInHostNetns?: boolean
  /**
   * Its source address: that of a packet; of a socket the one it is bound to, or what the kernel chooses once the backend is
   * known. Without it only the node's own processes are held to source ranges.
   */
  source?: Address
  /** Which of a frontend's two lists applies: `external` for packets from outside the node. Default: internal. */
  list?: 'internal' | 'external'
}

/** A destination, and the client that dials it. */
export interface Dial extends Destination {
  client?: LookupClient
}

/**
 * What the datapath does. `forward` lists every backend that may be chosen, all equally likely; `drop` means that what the
 * client sends is dropped, and no error comes back.
 */
export type LookupVerdict =
  | { kind: 'pass' }
  | { kind: 'refuse'; errno: 'ECONNREFUSED' | 'EHOSTUNREACH' }
  | { kind: 'drop' }
  | { kind: 'forward'; backends: Backend[] }

/** What the map `affinity` holds for a client and a service port, in the family of the frontend. */
export interface AffinityRecord {
  backend: Backend
  /** The list it was chosen from; when another one applies now, `members` decides. */
  block: bigint
  /** ns */
  lastUsed: bigint
}

/** The session of a client at the moment it dials. */
interface Session {
  record: AffinityRecord | undefined
  /** ns, of the clock of `lastUsed` */
  now: bigint
}

const PASS: LookupVerdict = { kind: 'pass' }
const { ADDRESS_CLUSTER_IP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags
const {
  FRONTEND_INTERNAL_DROP,
  FRONTEND_EXTERNAL_DROP,
  FRONTEND_EXTERNAL_LOCAL,
  FRONTEND_LOOPBACK,
  FRONTEND_HOST_ALLOWED,
  FRONTEND_HOST_DENIED,
} = enums.frontend_flags
const { FILTER_LINE_BITS } = enums.filter_shape
type FrontendValue = StructValue<'frontend'>

/**
 * The datapath's twin: bpf/lookup.h step by step, over the same map entries. Without a session the client has none.
 */
export function lookup(image: Image, dial: Dial, session?: Session): LookupVerdict {
  const found = match(image, dial)
  return 'kind' in found ? found : serve(image, found, dial, session)
}

/** The affinity record once `backend` was chosen; undefined without affinity. bpf/affinity.h, keep_session. */
export function recordAfter(image: Image, dial: Dial, backend: Backend, now: bigint): AffinityRecord | undefined {
  const found = match(image, dial)
  if ('kind' in found || found.frontend.affinity_seconds === 0) return undefined
  return { backend, block: listFor(found.frontend, dial.client).block, lastUsed: now }
}

/** The key in `frontends` of the one that a destination matches; undefined: none. */
export function matchedKey(image: Image, dial: Dial): string | undefined {
  const found = match(image, dial)
  return 'kind' in found ? undefined : keyOf(dial, found.address)
}

/** What a destination matches. */
interface Match {
  frontend: FrontendValue
  /** The address that it stands under. */
  address: Address
}

/** A match, or the verdict where there is none. */
function match(image: Image, dial: Dial): Match | LookupVerdict {
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

/** A node's address is never refused, even when it is a cluster IP as well: the node's own ports must stay reachable. */
function matchNodePort(image: Image, dial: Dial, flags: number): Match | LookupVerdict {
  const address = UNSPECIFIED[familyOf(dial.address)]
  const nodePort = findFrontend(image, address, dial)
  if (!nodePort) return PASS
  const elsewhere = !(flags & ADDRESS_THIS_NODE) && nodePort.flags & FRONTEND_EXTERNAL_LOCAL
  return elsewhere ? PASS : { frontend: nodePort, address }
}

function matchOnLoopback(image: Image, dial: Dial): Match | LookupVerdict {
  const address = UNSPECIFIED[familyOf(dial.address)]
  const nodePort = findFrontend(image, address, dial)
  return nodePort && nodePort.flags & FRONTEND_LOOPBACK ? { frontend: nodePort, address } : PASS
}

/** The list that applies to a client. */
function listFor(frontend: FrontendValue, client: LookupClient = {}) {
  return client.list === 'external'
    ? {
        read: externalBackends,
        block: frontend.external_block,
        count: frontend.external_count,
        drop: FRONTEND_EXTERNAL_DROP,
      }
    : {
        read: internalBackends,
        block: frontend.internal_block,
        count: frontend.internal_count,
        drop: FRONTEND_INTERNAL_DROP,
      }
}

function serve(image: Image, { frontend, address }: Match, dial: Dial, session?: Session): LookupVerdict {
  const { client } = dial
  if (frontend.check !== frontendCheck(keyOf(dial, address), frontend)) return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  const { read, block, count, drop } = listFor(frontend, client)
  if (count === 0) return { kind: 'refuse', errno: frontend.flags & drop ? 'EHOSTUNREACH' : 'ECONNREFUSED' }
  const kept = session && recall(image, frontend, block, session)
  const backends = kept ? [kept] : read(image, frontend, familyOf(address))
  if (!backends) return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  return checkSource(image, frontend, client) ?? { kind: 'forward', backends }
}

/**
 * What source ranges have against a client. To a VIP the node's own processes show the node's address, whatever the route
 * to the backend.
 */
function checkSource(image: Image, frontend: FrontendValue, client: LookupClient = {}): LookupVerdict | undefined {
  const { isInHostNetns, source } = client
  if (isInHostNetns && source === undefined && frontend.flags & (FRONTEND_HOST_ALLOWED | FRONTEND_HOST_DENIED))
    return frontend.flags & FRONTEND_HOST_DENIED ? { kind: 'refuse', errno: 'EHOSTUNREACH' } : undefined
  return source === undefined || isAdmitted(image, frontend.source_ranges, source) ? undefined : { kind: 'drop' }
}

/** The remembered backend, when its time has not passed and it is in the list that applies now. */
function recall(image: Image, frontend: FrontendValue, block: bigint, { record, now }: Session): Backend | undefined {
  const { affinity_seconds } = frontend
  if (affinity_seconds === 0 || !record) return undefined
  if (now - record.lastUsed > BigInt(affinity_seconds) * 1_000_000_000n) return undefined
  const { backend } = record
  const counts = record.block === block || image.members.has(encode('member', { block, ...backend }))
  return counts ? backend : undefined
}

function mayBeOurs(image: Image, fold: number): boolean {
  const bit = filterBit(fold)
  const line = image.address_filter.get(encodeU32(bit >>> FILTER_LINE_BITS))
  if (line === undefined) return false
  return ((decode('filter_line', line).words[(bit >>> 6) & 7]! >> BigInt(bit & 63)) & 1n) === 1n
}

/** Undefined when the entry is damaged. */
function addressFlags(image: Image, address: Address): number | undefined {
  const key = addressKey(address)
  const value = image.addresses.get(key)
  return value === undefined ? 0 : decodeAddress(key, value)
}

/** The key in `frontends` of a destination that is matched under this address. */
function keyOf({ port, protocol }: Destination, address: Address): string {
  return frontendKey(address, port, PROTOCOL_NUMBERS[protocol])
}

function findFrontend(image: Image, address: Address, dial: Destination): FrontendValue | undefined {
  const value = image.frontends.get(keyOf(dial, address))
  return value === undefined ? undefined : decode('frontend', value)
}
