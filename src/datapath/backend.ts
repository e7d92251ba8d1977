import {
  type Address,
  byAddress,
  type Family,
  formatHostPort,
  readAddress,
  writeAddress,
  writeQuad,
} from '../base/address.ts'
import { enums, structs } from './layout.gen.ts'

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

/** At most slotsOf(family) backends as the bytes of a `slots`. */
export function packSlots(family: Family, backends: readonly Backend[]): Uint8Array {
  const bytes = new Uint8Array(enums.slot_counts.SLOT_BYTES)
  let at = 0
  for (const { address, port } of backends) {
    const portAt = at + (family === 4 ? writeQuad(address, bytes, at) : writeAddress(address, bytes, at))
    bytes[portAt] = port >> 8
    bytes[portAt + 1] = port
    at += SIZES[family]
  }
  return bytes
}

/** The inverse of packSlots for the first `count` places. */
export function unpackSlots(family: Family, bytes: Uint8Array, count: number): Backend[] {
  const backends: Backend[] = []
  for (let i = 0; i < count; i++) {
    const at = i * SIZES[family]
    const address = family === 4 ? bytes.subarray(at, at + 4).join('.') : readAddress(bytes, at)
    const portAt = at + SIZES[family] - 4
    backends.push({ address, port: (bytes[portAt]! << 8) | bytes[portAt + 1]! })
  }
  return backends
}
