// SPDX-License-Identifier: Apache-2.0
import type { Packet } from './packet.ts'
import type { PacketState } from './state.ts'

/**
 * What becomes of a packet. `pass`: it goes on as it came. `translate`: it goes on as `packet`. `refuse`: its sender gets port
 * unreachable from the address that it sent to, or nothing over the limit of refusals. `drop`: nothing comes of it.
 */
export type PacketVerdict =
  | { verdict: 'pass' | 'drop' | 'refuse'; state: PacketState }
  | { verdict: 'translate'; packet: Packet; state: PacketState }
