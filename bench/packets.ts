// SPDX-License-Identifier: Apache-2.0
import type { Bench } from './bench.ts'
import { packetCosts } from './packet-costs.ts'
import { packetRates } from './packet-rates.ts'
import { loadHarness } from './packet-rows.ts'

/** What packets from outside cost at an edge: programs one by one, then whole ways. */
export async function packets(bench: Bench): Promise<string> {
  const harness = await loadHarness(bench.scratch)
  return `${await packetCosts(bench, harness)}\n${await packetRates(bench, harness)}`
}
