// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'
import type { Protocol } from '../base/protocol.ts'
import type { Backend } from './backend.ts'

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
