// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../base/address.ts'
import { LITTLE } from './codec.ts'
import { HASHES, wirePort } from './hash.ts'

/** The check value of a backend in a block: the twin of slot_check() in bpf/backends.h. In 32 bits, because it is computed for each. */

const FACTORS = HASHES.map(hash => Number(BigInt.asUintN(32, hash)))
const [, , , OF_PREFIX, OF_LAST_WORD, OF_PORT] = FACTORS as [number, number, number, number, number, number]

/** The third word of an IPv4-mapped address, as a number of this machine. */
const MAPPED_PREFIX = LITTLE ? 0xffff0000 : 0xffff

/** What slotCheck() starts from: the same for all backends of a block. */
export function slotSeed(block: bigint): number {
  return Number(BigInt.asUintN(64, block * HASHES[0]!) >> 32n)
}

/** 16 bits, for the port and the address of this family that stands at `at`. */
export function slotCheck(seed: number, family: Family, bytes: DataView, at: number, port: number): number {
  let sum = seed + Math.imul(wirePort(port), OF_PORT)
  if (family === 4) sum += Math.imul(MAPPED_PREFIX, OF_PREFIX) + Math.imul(bytes.getUint32(at, LITTLE), OF_LAST_WORD)
  else for (let i = 0; i < 4; i++) sum += Math.imul(bytes.getUint32(at + 4 * i, LITTLE), FACTORS[i + 1]!)
  return (sum >>> 16) & 0xffff
}
