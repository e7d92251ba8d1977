import { decode, encode, LITTLE, type StructValue } from './codec.ts'
import { HASHES, wirePort } from './hash.ts'

/**
 * Check values, by which the programs prove that what they copied of a map element belongs together: the twin of
 * frontend_check() and address_check() in bpf/frontend.h.
 */

/** The sum of words, each times its own factor, in 64 bits. */
function sum64(...words: bigint[]): bigint {
  return BigInt.asUintN(
    64,
    words.reduce((sum, word, i) => sum + word * HASHES[i]!, 0n),
  )
}

/** An address's two words, in the byte order of this machine. */
function wordsOf(key: string): [high: bigint, low: bigint] {
  const bytes = Buffer.from(key, 'latin1')
  const at = (offset: number) => BigInt(LITTLE ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset))
  return [(at(4) << 32n) | at(0), (at(12) << 32n) | at(8)]
}

type Frontend = StructValue<'frontend'>

/** The check value of a frontend that stands under this key of `frontends`. */
export function frontendCheck(key: string, value: Omit<Frontend, 'check' | 'slots'>): bigint {
  const { port, protocol } = decode('frontend_key', key)
  return sum64(
    ...wordsOf(key),
    (BigInt(wirePort(port)) << 8n) | BigInt(protocol),
    value.internal_block,
    value.external_block,
    value.source_ranges,
    value.service,
    (BigInt(value.external_count) << 32n) | BigInt(value.internal_count),
    (BigInt(value.flags) << 32n) | BigInt(value.affinity_seconds),
  )
}

/** The value of a frontend under its key, with the check value that belongs to them. */
export function encodeFrontend(key: string, value: Omit<Frontend, 'check'>): string {
  return encode('frontend', { ...value, check: frontendCheck(key, value) })
}

function addressCheck(key: string, flags: number): number {
  return Number(sum64(...wordsOf(key), BigInt(flags)) >> 32n)
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

/** What a range of a set says, as the map `source_ranges` holds it. */
export function rangeVerdict(set: bigint, allows: boolean): bigint {
  return allows ? set : BigInt.asUintN(64, ~set)
}
