// SPDX-License-Identifier: Apache-2.0
import {
  type Address,
  byAddress,
  type Family,
  formatHostPort,
  readAddress,
  writeAddress,
  writeQuad,
} from '../base/address.ts'
import { LITTLE } from './codec.ts'
import { enums, structs } from './layout.gen.ts'
import { slotCheck, slotSeed } from './slot-check.ts'

/** An endpoint chosen to get traffic. */
export interface Backend {
  address: Address
  port: number
}

export function byBackend(a: Backend, b: Backend): number {
  return byAddress(a.address, b.address) || a.port - b.port
}

export function formatBackend(backend: Backend): string {
  return formatHostPort(backend.address, backend.port)
}

const SIZES = { 4: structs.backend4.size, 6: structs.backend6.size } as const

/** How many backends of a family one `slots` holds. */
export function slotsOf(family: Family): number {
  return family === 4 ? enums.slot_counts.SLOTS4 : enums.slot_counts.SLOTS6
}

/** At most slotsOf(family) backends of a block as the bytes of a `slots`. */
export function packSlots(family: Family, block: bigint, backends: readonly Backend[]): Uint8Array {
  const bytes = new Uint8Array(enums.slot_counts.SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  const seed = slotSeed(block)
  let at = 0
  for (const { address, port } of backends) {
    const portAt = at + (family === 4 ? writeQuad(address, bytes, at) : writeAddress(address, bytes, at))
    view.setUint16(portAt, port)
    view.setUint16(portAt + 2, slotCheck(seed, family, view, at, port), LITTLE)
    at += SIZES[family]
  }
  return bytes
}

/** The inverse of packSlots for the first `count` places; undefined when one of them is not of this block. */
export function unpackSlots(family: Family, block: bigint, bytes: Uint8Array, count: number): Backend[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const seed = slotSeed(block)
  const backends: Backend[] = []
  for (let i = 0; i < count; i++) {
    const at = i * SIZES[family]
    const address = family === 4 ? bytes.subarray(at, at + 4).join('.') : readAddress(bytes, at)
    const portAt = at + SIZES[family] - 4
    const port = view.getUint16(portAt)
    if (view.getUint16(portAt + 2, LITTLE) !== slotCheck(seed, family, view, at, port)) return undefined
    backends.push({ address, port })
  }
  return backends
}
