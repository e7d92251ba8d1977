// SPDX-License-Identifier: Apache-2.0
import { foldAddress } from '../base/address.ts'
import { PROTOCOL_NUMBERS } from '../base/protocol.ts'
import { checkIn } from '../datapath/check.ts'
import { foldPort } from '../datapath/filter.ts'
import type { NodePort } from './destination-filter.ts'
import type { Entry } from './entry.ts'
import type { Frontend } from './frontend.ts'

/** What a Service adds to the maps that only edges read. */
export interface Arrivals {
  /** Destinations of frontends with an address of their own, folded as `port_filter` has them. */
  destinations: readonly number[]
  /** No other contribution has them. */
  nodePorts: readonly NodePort[]
  /** The sum of the check values of the frontends, modulo 2^64. */
  epoch: bigint
}

/** The same for all contributions without frontends, and for all where there is no edge. */
export const NO_ARRIVALS: Arrivals = { destinations: [], nodePorts: [], epoch: 0n }

/** `entries` are those of the frontends, among others. */
export function arrivalsOf(frontends: readonly Frontend[], entries: readonly Entry[]): Arrivals {
  const destinations: number[] = []
  const nodePorts: NodePort[] = []
  for (const { address, family, port, protocol } of frontends) {
    const number = PROTOCOL_NUMBERS[protocol]
    if (address === undefined) nodePorts.push({ family, port, protocol: number })
    else destinations.push(foldPort(foldAddress(address), port, number))
  }
  const checks = entries.filter(({ map }) => map === 'frontends').map(({ value }) => checkIn(value))
  return {
    destinations,
    nodePorts,
    epoch: BigInt.asUintN(
      64,
      checks.reduce((sum, check) => sum + check, 0n),
    ),
  }
}
