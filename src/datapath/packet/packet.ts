// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { Backend } from '../backend.ts'

/** An address and a port: of a client, a destination, a backend. */
export type Endpoint = Backend

/** The protocols that are translated. */
export type Transport = 'TCP' | 'UDP'

/** What a packet is addressed by. */
export interface Tuple {
  protocol: Transport
  source: Endpoint
  destination: Endpoint
}

/** A packet as the programs see it: only what they read and write. */
export type Packet = Segment | Fragment | IcmpError | OtherPacket

/** TCP or UDP, with its transport header: whole, or the first fragment. */
export interface Segment extends Tuple {
  kind: 'segment'
  /** TCP: SYN without ACK, which opens a connection. Never of UDP. */
  opens: boolean
  /** Of a first fragment: the identification that the later ones share. */
  fragment?: number
}

/** A later fragment: it has no ports. */
export interface Fragment {
  kind: 'fragment'
  protocol: Transport
  source: Address
  destination: Address
  fragment: number
}

/** An ICMP or ICMPv6 error about a TCP or UDP packet: unreachable, too big, time exceeded, or a bad header. */
export interface IcmpError {
  kind: 'error'
  source: Address
  destination: Address
  /** The packet that it quotes. */
  about: Tuple
  /** Advice to send by another router; the node itself makes these. */
  isRedirect: boolean
}

/** Everything else: other protocols, echo, more extension headers than the programs follow, frames without an IP header. */
interface OtherPacket {
  kind: 'other'
}

/** The tuple of an answer. */
export function reverse({ protocol, source, destination }: Tuple): Tuple {
  return { protocol, source: destination, destination: source }
}

export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port
}

/** May the packet begin a flow? Of TCP a SYN does; every datagram may. */
export function mayBegin({ protocol, opens }: Segment): boolean {
  return protocol === 'UDP' || opens
}
