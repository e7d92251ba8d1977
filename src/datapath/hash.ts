// SPDX-License-Identifier: Apache-2.0
import { LITTLE } from './codec.ts'

/** The factors of bpf/hash.h: HASHES[n - 1] is HASH_n, the nth power of the first. */
export const HASHES: readonly bigint[] = powers(0x9e3779b97f4a7c15n, 9)

function powers(base: bigint, count: number): bigint[] {
  const all = [base]
  while (all.length < count) all.push(BigInt.asUintN(64, all.at(-1)! * base))
  return all
}

/** A port as the programs see it: its bytes in wire order, read as a number of this machine. */
export function wirePort(port: number): number {
  return LITTLE ? ((port & 0xff) << 8) | (port >> 8) : port
}
