import { type Address, familyOf, foldAddress } from '../base/address.ts'
import { PROTOCOL_NUMBERS, type Protocol } from '../base/protocol.ts'
import type { Backend } from './backend.ts'
import { internalBackends } from './blocks.ts'
import { decode, encode, encodeU32, type StructValue } from './codec.ts'
import { filterBit, foldLoopback, LOOPBACK } from './filter.ts'
import type { Image } from './image.ts'
import { addressKey, frontendKey, UNSPECIFIED } from './keys.ts'
import { enums } from './layout.gen.ts'
import { mayEnter } from './sources.ts'

/** A connect() as the hook sees it. An IPv4-mapped destination is an IPv4 one. */
export interface Flow {
  address: Address
  port: number
  protocol: Protocol
  /** The client is in the network namespace where apply ran: loopback addresses are the node's. */
  atHome?: boolean
  /**
   * Its source address: bound, or what the kernel chooses once the backend is known. Without it source ranges are asked
   * only of the node itself.
   */
  source?: Address
}

/**
 * What the datapath does with it. `forward` lists every backend that may be chosen, all equally likely; `drop` means that
 * what the client sends is dropped without a word.
 */
export type FlowVerdict =
  | { kind: 'pass' }
  | { kind: 'refuse'; errno: 'ECONNREFUSED' | 'EHOSTUNREACH' }
  | { kind: 'drop' }
  | { kind: 'forward'; backends: Backend[] }

/** What the datapath remembers of a client and a service port with affinity, in the family of the frontend. */
export interface Remembered {
  backend: Backend
  /** Made under this list; another one means: ask `members`. */
  block: bigint
  /** ns */
  lastUsed: bigint
}

/** What a client brings beside its flow. */
interface State {
  remembered: Remembered | undefined
  /** ns, of the clock of `lastUsed` */
  now: bigint
}

const PASS: FlowVerdict = { kind: 'pass' }
const { ADDRESS_VIP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags
const { FRONTEND_INTERNAL_DROP, FRONTEND_EXTERNAL_LOCAL, FRONTEND_LOOPBACK, FRONTEND_HOME_IN, FRONTEND_HOME_OUT } =
  enums.frontend_flags
const { FILTER_LINE_BITS } = enums.filter_shape
type FrontendValue = StructValue<'frontend'>

/**
 * The datapath's twin: bpf/lookup.h step by step, over the same map entries. Without a state it is a client of whom
 * nothing is remembered.
 */
export function lookup(image: Image, flow: Flow, state?: State): FlowVerdict {
  const found = find(image, flow)
  return 'kind' in found ? found : serve(image, found, flow, state)
}

/** What is remembered once `backend` was chosen for a flow; undefined without affinity. bpf/affinity.h, keep_session. */
export function remember(image: Image, flow: Flow, backend: Backend, now: bigint): Remembered | undefined {
  const found = find(image, flow)
  if ('kind' in found || found.frontend.affinity_seconds === 0) return undefined
  return { backend, block: found.frontend.internal_block, lastUsed: now }
}

/** The key in `frontends` of the one that decides for a flow; undefined where none does. */
export function decidedBy(image: Image, flow: Flow): string | undefined {
  const found = find(image, flow)
  return 'kind' in found ? undefined : frontendKey(found.key, flow.port, PROTOCOL_NUMBERS[flow.protocol])
}

/** Who decides for a destination. */
interface Decider {
  frontend: FrontendValue
  /** The address that it stands under. */
  key: Address
}

/** A decider, or the verdict where there is none. */
function find(image: Image, flow: Flow): Decider | FlowVerdict {
  const family = familyOf(flow.address)
  if (flow.address === LOOPBACK[family]) {
    const mayAnswer = mayBeOurs(image, foldLoopback(family, flow.port))
    return mayAnswer && flow.atHome ? findOnLoopback(image, flow) : PASS
  }
  if (!mayBeOurs(image, foldAddress(flow.address))) return PASS
  const exact = findFrontend(image, flow.address, flow)
  if (exact) return { frontend: exact, key: flow.address }
  const flags = addressFlags(image, flow.address)
  if (flags & (ADDRESS_THIS_NODE | ADDRESS_OTHER_NODE)) return findNodePort(image, flow, flags)
  return flags & ADDRESS_VIP ? { kind: 'refuse', errno: 'ECONNREFUSED' } : PASS
}

/** A node's address is never refused, be it a VIP as well: its own ports must stay reachable. */
function findNodePort(image: Image, flow: Flow, flags: number): Decider | FlowVerdict {
  const key = UNSPECIFIED[familyOf(flow.address)]
  const nodePort = findFrontend(image, key, flow)
  if (!nodePort) return PASS
  const elsewhere = !(flags & ADDRESS_THIS_NODE) && nodePort.flags & FRONTEND_EXTERNAL_LOCAL
  return elsewhere ? PASS : { frontend: nodePort, key }
}

function findOnLoopback(image: Image, flow: Flow): Decider | FlowVerdict {
  const key = UNSPECIFIED[familyOf(flow.address)]
  const nodePort = findFrontend(image, key, flow)
  return nodePort && nodePort.flags & FRONTEND_LOOPBACK ? { frontend: nodePort, key } : PASS
}

/** A guard that names another address than the frontend's key means a damaged map. */
function serve(image: Image, { frontend, key }: Decider, flow: Flow, state?: State): FlowVerdict {
  const { port, protocol } = flow
  const { guard_address, guard_port, guard_protocol } = frontend
  if (guard_address !== foldAddress(key) || guard_port !== port || guard_protocol !== PROTOCOL_NUMBERS[protocol]) {
    return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  }
  const family = familyOf(key)
  if (frontend.internal_count === 0) {
    return { kind: 'refuse', errno: frontend.flags & FRONTEND_INTERNAL_DROP ? 'EHOSTUNREACH' : 'ECONNREFUSED' }
  }
  const kept = state && recall(image, frontend, state)
  const backends = kept ? [kept] : internalBackends(image, frontend, family)
  if (!backends) return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  return judge(image, frontend, flow) ?? { kind: 'forward', backends }
}

/** What source ranges have to say against a flow. Behind a VIP the node shows its own address, whatever the way to the backend. */
function judge(image: Image, frontend: FrontendValue, { atHome, source }: Flow): FlowVerdict | undefined {
  if (atHome && source === undefined && frontend.flags & (FRONTEND_HOME_IN | FRONTEND_HOME_OUT))
    return frontend.flags & FRONTEND_HOME_OUT ? { kind: 'refuse', errno: 'EHOSTUNREACH' } : undefined
  return source === undefined || mayEnter(image, frontend.source_ranges, source) ? undefined : { kind: 'drop' }
}

/** The remembered backend, when its time has not passed and it is in the list that applies now. */
function recall(image: Image, frontend: FrontendValue, { remembered, now }: State): Backend | undefined {
  const { affinity_seconds, internal_block: block } = frontend
  if (affinity_seconds === 0 || !remembered) return undefined
  if (now - remembered.lastUsed > BigInt(affinity_seconds) * 1_000_000_000n) return undefined
  const { backend } = remembered
  const counts = remembered.block === block || image.members.has(encode('member', { block, ...backend }))
  return counts ? backend : undefined
}

function mayBeOurs(image: Image, fold: number): boolean {
  const bit = filterBit(fold)
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
