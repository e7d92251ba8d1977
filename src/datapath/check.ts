// SPDX-License-Identifier: Apache-2.0
import { writeAddress } from '../base/address.ts'
import { decode, encode, LITTLE, type StructValue } from './codec.ts'
import { HASHES } from './hash.ts'
import { structs } from './layout.gen.ts'

/**
 * Check values, by which the programs prove that what they copied of a map element belongs together: the twin of
 * frontend_check() and address_check() in bpf/frontend.h.
 */

const [H1, H2, H3, H4, H5, H6, H7, H8, H9] = HASHES

type Frontend = StructValue<'frontend'>

/** Room for a key; it begins with an address. */
const scratch = Buffer.alloc(structs.frontend_key.size)
const view = new DataView(scratch.buffer, scratch.byteOffset, scratch.length)

/** The word at `at` of the address in `scratch`, as high_word() and low_word() in bpf/hash.h make it. */
function wordAt(at: number): bigint {
  if (LITTLE) return view.getBigUint64(at, true)
  return (BigInt(view.getUint32(at + 4)) << 32n) | BigInt(view.getUint32(at))
}

/** The check value of a frontend that stands under this key of `frontends`. Computed for each, so without a loop. */
export function frontendCheck(key: string, value: Omit<Frontend, 'check' | 'slots'>): bigint {
  scratch.write(key, 'latin1')
  const { port, protocol } = structs.frontend_key.fields
  const sum =
    wordAt(0) * H1! +
    wordAt(8) * H2! +
    BigInt(view.getUint16(port.offset, LITTLE) * 256 + scratch[protocol.offset]!) * H3! +
    value.internal_block * H4! +
    value.external_block * H5! +
    value.source_ranges * H6! +
    value.service * H7! +
    ((BigInt(value.external_count) << 32n) | BigInt(value.internal_count)) * H8! +
    ((BigInt(value.flags) << 32n) | BigInt(value.affinity_seconds)) * H9!
  return BigInt.asUintN(64, sum)
}

/** The value of a frontend under its key, with the check value that belongs to them. */
export function encodeFrontend(key: string, value: Omit<Frontend, 'check'>): string {
  return encode('frontend', { ...value, check: frontendCheck(key, value) })
}

/** The check value that a value of `frontends` has. */
export function checkIn(frontend: string): bigint {
  const { offset } = structs.frontend.fields.check
  scratch.write(frontend.slice(offset, offset + 8), 'latin1')
  return view.getBigUint64(0, LITTLE)
}

function addressCheck(key: string, flags: number): number {
  scratch.write(key, 'latin1')
  return Number(BigInt.asUintN(64, wordAt(0) * H1! + wordAt(8) * H2! + BigInt(flags) * H3!) >> 32n)
}

/** The value under a key of `addresses`, with the check value that belongs to them. */
export function encodeAddress(key: string, flags: number): string {
  return encode('address', { flags, check: addressCheck(key, flags) })
}

/** The flags of a value of `addresses`; undefined when its check value is not that of this key. */
export function decodeAddress(key: string, value: string): number | undefined {
  const { flags, check } = decode('address', value)
  return check === addressCheck(key, flags) ? flags : undefined
}

type Device = StructValue<'device'>

/** The value of an edge under its interface's index, with the check value that belongs to them. */
export function encodeDevice(ifindex: number, value: Omit<Device, 'check'>): string {
  const flags = (BigInt(ifindex) << 32n) | BigInt(value.flags)
  const [high4, low4] = wordsOf(value.nat4)
  const [high6, low6] = wordsOf(value.nat6)
  const sum = flags * H1! + high4 * H2! + low4 * H3! + high6 * H4! + low6 * H5!
  return encode('device', { ...value, check: Number(BigInt.asUintN(64, sum) >> 32n) })
}

function wordsOf(address: string): [bigint, bigint] {
  writeAddress(address, scratch, 0)
  return [wordAt(0), wordAt(8)]
}

/** What a range of a set says, as the map `source_ranges` holds it. */
export function rangeVerdict(set: bigint, allows: boolean): bigint {
  return allows ? set : BigInt.asUintN(64, ~set)
}
