// SPDX-License-Identifier: Apache-2.0
import { concat, pack, u16 } from './bytes.ts'

const CLIENT_MAC = Uint8Array.from([2, 0, 0, 0, 0, 1])
const NODE_MAC = Uint8Array.from([2, 0, 0, 0, 0, 2])
export const ETHERNET_HEADER = 14

/** An Ethernet frame around a raw IP packet. */
export function ethernet(packet: Uint8Array, destination = NODE_MAC, source = CLIENT_MAC): Uint8Array {
  return concat(destination, source, pack([2, packet[0]! >> 4 === 4 ? 0x0800 : 0x86dd]), packet)
}

/** The same frame with an 802.1Q tag. */
export function tagged(frame: Uint8Array, vlan: number): Uint8Array {
  return concat(frame.subarray(0, 12), pack([2, 0x8100], [2, vlan]), frame.subarray(12))
}

/** The packet of a frame; undefined when it holds none of IPv4 or IPv6. */
export function packetOf(frame: Uint8Array): Uint8Array | undefined {
  const type = frame.length < ETHERNET_HEADER ? 0 : u16(frame, 12)
  return type === 0x0800 || type === 0x86dd ? frame.subarray(ETHERNET_HEADER) : undefined
}
