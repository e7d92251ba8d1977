// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { Backend } from '../backend.ts'
import type { Image } from '../image.ts'
import type { Tuple } from './packet.ts'

/** All that a verdict depends on beside the packet and the state. */
export interface PacketContext {
  image: Image
  /** The edge that has the packet. */
  ifindex: number
  /** ns, of the clock of affinity records */
  now: bigint
  choices: Choices
  node: NodeFacts
}

/**
 * Where the programs hash. Equal arguments must give equal answers: retransmitted packets, processors that race and records
 * that were evicted then agree.
 */
export interface Choices {
  /** One of the backends of a block. */
  backend(tuple: Tuple, block: bigint, backends: readonly Backend[]): Backend
  /** The port to try for a client whose own is taken, `attempt` 1 and on. */
  clientPort(tuple: Tuple, attempt: number): number
  /** The port of the node to try for a masqueraded flow, `attempt` 0 and on; at least FIRST_NAT_PORT. */
  natPort(tuple: Tuple, attempt: number): number
}

/** What the programs ask the kernel. */
export interface NodeFacts {
  /** Does an interface have the address? (bpf_fib_lookup) */
  hasAddress(address: Address): boolean
  /** Does a socket of the node receive such packets? (bpf_skc_lookup_tcp, bpf_sk_lookup_udp) */
  hasSocket(tuple: Tuple): boolean
  /** Is a departing packet that of a socket of the node? */
  sends(tuple: Tuple): boolean
}

/** Ports of the node that masqueraded flows get. Packets to lower ports are never looked for among the returns. */
export const FIRST_NAT_PORT = 32768

/** How many ports are tried for a flow. */
export const PORT_TRIES = 32
