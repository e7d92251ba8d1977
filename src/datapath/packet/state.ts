// SPDX-License-Identifier: Apache-2.0
import type { AffinityRecord } from '../affinity.ts'
import { type Flows, NO_FLOWS } from './flows.ts'

/** What the programs at edges remember: values, which every step replaces. */
export interface PacketState {
  flows: Flows
  /** By affinityKey(). */
  affinity: ReadonlyMap<string, AffinityRecord>
  /** Ports of the first fragments, by fragmentKey(). */
  fragments: ReadonlyMap<string, FragmentPorts>
}

interface FragmentPorts {
  source: number
  destination: number
}

export const NO_PACKET_STATE: PacketState = { flows: NO_FLOWS, affinity: new Map(), fragments: new Map() }
