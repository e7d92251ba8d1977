// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, readAddress, writeAddress } from '../base/address.ts'
import { encode } from './codec.ts'

/** The address under which a node port stands in `frontends`: no destination of its own, one per family. */
export const UNSPECIFIED: Readonly<Record<Family, Address>> = { 4: '0.0.0.0', 6: '::' }

/** A key of `addresses`. */
export function addressKey(address: Address): string {
  const bytes = Buffer.alloc(16)
  writeAddress(address, bytes, 0)
  return bytes.toString('latin1')
}

export function addressOfKey(key: string): Address {
  return readAddress(Buffer.from(key, 'latin1'), 0)
}

/** A key of `frontends`; `protocol` is the IANA number. */
export function frontendKey(address: Address, port: number, protocol: number): string {
  return encode('frontend_key', { address, port, protocol })
}
