// SPDX-License-Identifier: Apache-2.0
import { decode } from './codec.ts'
import { enums } from './layout.gen.ts'

/** The flows of which records are there, by what they are; and the records, which are two or three for a flow. */
export interface FlowTally {
  /** Flows with a record. One that has ended is among them until the kernel needs its place. */
  inUse: number
  tcp: number
  udp: number
  ipv4: number
  ipv6: number
  /** Flows that leave from a port of an edge. */
  masqueraded: number
  records: number
}

const { LISTED_UDP, LISTED_IPV6, LISTED_PAIR, LISTED_RETURN } = enums.listed_flow

/** Counts what the list of flows has: a byte for each record (enum listed_flow). */
export function tallyFlows(list: Uint8Array): FlowTally {
  const times = new Uint32Array(256)
  for (const byte of list) times[byte]!++
  const sum = (isWanted: (byte: number) => boolean) => times.reduce((n, t, byte) => (isWanted(byte) ? n + t : n), 0)
  const isArrival = (byte: number) => (byte & (LISTED_PAIR | LISTED_RETURN)) === 0
  const inUse = sum(isArrival)
  const udp = sum(byte => isArrival(byte) && (byte & LISTED_UDP) !== 0)
  const ipv6 = sum(byte => isArrival(byte) && (byte & LISTED_IPV6) !== 0)
  const masqueraded = sum(byte => (byte & LISTED_RETURN) !== 0)
  return { inUse, tcp: inUse - udp, udp, ipv4: inUse - ipv6, ipv6, masqueraded, records: list.length }
}

/** What the programs did to the records since there were none. */
export interface FlowCounts {
  /** Records made, less those that a program deleted. */
  left: number
  /** When there were none, in milliseconds since boot. */
  begun: number
}

/** The sum of what each processor counted, as bytes; undefined when none of them began to count. */
export function sumFlowCounts(values: readonly string[]): FlowCounts | undefined {
  let [left, begun] = [0n, 0n]
  for (const counts of values.map(value => decode('flow_counts', value))) {
    left += counts.made - counts.deleted
    begun += counts.begun
  }
  return begun === 0n ? undefined : { left: Number(left), begun: Number(begun / 1_000_000n) }
}

/**
 * How many records the kernel evicted to make room: what was made, and neither deleted nor is there. `counts` are to be read before
 * the list: records that are made meanwhile only make the result smaller, and it is never below 0.
 */
export function evictedOf({ left }: FlowCounts, { records }: Pick<FlowTally, 'records'>): number {
  return Math.max(0, left - records)
}
