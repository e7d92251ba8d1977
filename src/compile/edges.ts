// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'

/** A device whose packets our programs see: what compile needs to know of it. */
export interface Edge {
  /** Its name when the facts were read. The image has the index only. */
  device: string
  ifindex: number
  /** The source address that packets get when they leave by it for a backend elsewhere; undefined: none in this family. */
  nat4?: Address | undefined
  nat6?: Address | undefined
  /** Its packets have no link-layer header: tun, IPIP, WireGuard. */
  rawIp: boolean
  /** The host's side of a pod's device: the internal list applies to what comes in. */
  pod?: boolean | undefined
  /** XDP programs are to be attached too. No part of the image. */
  xdp?: boolean | undefined
}

/** The edges of one node, each ifindex once. */
export interface Edges {
  devices: readonly Edge[]
  /** Another service proxy runs on the node: a TCP packet without a flow record may belong to one of its connections. */
  otherProxy: boolean
}

/** Sockets only: no packet is translated. */
export const NO_EDGES: Edges = { devices: [], otherProxy: false }

/** Which packets are translated: none; those that come from outside; those of pods as well. Frontends depend on no more of the edges. */
export type PacketClients = 'none' | 'outside' | 'pods'

export function packetClientsOf({ devices }: Edges): PacketClients {
  if (devices.length === 0) return 'none'
  return devices.some(({ pod }) => pod) ? 'pods' : 'outside'
}
