// SPDX-License-Identifier: Apache-2.0
import { formatGroups, isMapped, parseGroups } from './ipv6.ts'

/** An IP address as canonical text: dotted quad, or RFC 5952 for IPv6. Two equal addresses are equal strings. */
export type Address = string
export type Family = 4 | 6

/**
 * The canonical text of an address, or undefined when it is none. Octets with leading zeros are read as decimal
 * (CVE-2021-29923, as kube-proxy does); an IPv4-mapped IPv6 address is the IPv4 address.
 */
export function parseAddress(text: string): Address | undefined {
  const quad = parseQuad(text)
  if (quad !== undefined) return LEADING_ZERO.test(text) ? formatQuad(quad) : text
  const groups = text.includes(':') ? parseGroups(text) : undefined
  if (!groups) return undefined
  return isMapped(groups) ? formatQuad(groups[6]! * 65536 + groups[7]!) : formatGroups(groups)
}

const LEADING_ZERO = /(^|\.)0\d/

/** The four octets as one unsigned number, or undefined. */
function parseQuad(text: string): number | undefined {
  let value = 0
  let octet = -1
  let octets = 0
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 46
    if (c >= 48 && c <= 57) {
      octet = (octet < 0 ? 0 : octet * 10) + (c - 48)
      if (octet > 255) return undefined
    } else if (c === 46 && octet >= 0) {
      value = value * 256 + octet
      octet = -1
      octets++
    } else {
      return undefined
    }
  }
  return octets === 4 ? value : undefined
}

function formatQuad(value: number): Address {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

export function familyOf(address: Address): Family {
  return address.includes(':') ? 6 : 4
}

/** Writes the 16 network-order bytes of an address at `offset`, IPv4 as ::ffff:a.b.c.d. Returns how many: 16. */
export function writeAddress(address: Address, bytes: Uint8Array, offset: number): number {
  if (familyOf(address) === 4) {
    bytes.fill(0, offset, offset + 10)
    bytes[offset + 10] = 0xff
    bytes[offset + 11] = 0xff
    writeQuad(address, bytes, offset + 12)
    return 16
  }
  const groups = parseGroups(address)!
  for (let i = 0; i < 8; i++) {
    bytes[offset + 2 * i] = groups[i]! >> 8
    bytes[offset + 2 * i + 1] = groups[i]!
  }
  return 16
}

/** Writes the 4 network-order bytes of an IPv4 address at `offset`. Returns how many: 4. */
export function writeQuad(address: Address, bytes: Uint8Array, offset: number): number {
  const quad = parseQuad(address)!
  bytes[offset] = quad >>> 24
  bytes[offset + 1] = quad >>> 16
  bytes[offset + 2] = quad >>> 8
  bytes[offset + 3] = quad
  return 4
}

/** The four 32-bit words of writeAddress's bytes, XORed: an unsigned number. */
export function foldAddress(address: Address): number {
  if (familyOf(address) === 4) return (0xffff ^ parseQuad(address)!) >>> 0
  const groups = parseGroups(address)!
  const high = groups[0]! ^ groups[2]! ^ groups[4]! ^ groups[6]!
  const low = groups[1]! ^ groups[3]! ^ groups[5]! ^ groups[7]!
  return high * 65536 + low
}

/** The inverse of writeAddress. */
export function readAddress(bytes: Uint8Array, offset: number): Address {
  const raw = bytes.subarray(offset, offset + 16)
  const mapped = raw[10] === 0xff && raw[11] === 0xff && raw.subarray(0, 10).every(b => b === 0)
  if (mapped) return `${raw[12]}.${raw[13]}.${raw[14]}.${raw[15]}`
  return formatGroups(Array.from({ length: 8 }, (_, i) => (raw[2 * i]! << 8) | raw[2 * i + 1]!))
}

/** A range in canonical text: network address and prefix length. */
interface Cidr {
  address: Address
  /** 0…32 for IPv4, 0…128 for IPv6. */
  prefix: number
}

/** Parses `ADDRESS/PREFIX`, surrounding white space allowed (as the API does); host bits are cleared. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text.trim())
  const address = match && parseAddress(match[1]!)
  if (!match || !address) return undefined
  const mapped = match[1]!.includes(':') && familyOf(address) === 4
  const prefix = Number(match[2]) - (mapped ? 96 : 0)
  const width = familyOf(address) === 4 ? 32 : 128
  if (prefix < 0 || prefix > width) return undefined
  const bytes = new Uint8Array(16)
  writeAddress(address, bytes, 0)
  for (let bit = prefix + (128 - width); bit < 128; bit++) bytes[bit >> 3]! &= ~(0x80 >> (bit & 7))
  return { address: readAddress(bytes, 0), prefix }
}

/** Does a canonical range hold an address? Never one of the other family. */
export function isInRange(address: Address, range: string): boolean {
  const { address: network, prefix } = parseCidr(range)!
  return familyOf(network) === familyOf(address) && parseCidr(`${address}/${prefix}`)!.address === network
}

export function formatCidr(cidr: Cidr): string {
  return `${cidr.address}/${cidr.prefix}`
}

/** Canonical ranges by network address, then prefix length. */
export function byCidr(a: string, b: string): number {
  const [address = '', prefix] = a.split('/')
  const [otherAddress = '', otherPrefix] = b.split('/')
  return byAddress(address, otherAddress) || Number(prefix) - Number(otherPrefix)
}

/** IPv4 before IPv6, then by number. */
export function byAddress(a: Address, b: Address): number {
  const family = familyOf(a) - familyOf(b)
  if (family !== 0) return family
  if (familyOf(a) === 4) return parseQuad(a)! - parseQuad(b)!
  const [left, right] = [parseGroups(a)!, parseGroups(b)!]
  for (let i = 0; i < 8; i++) if (left[i] !== right[i]) return left[i]! - right[i]!
  return 0
}

/** `10.0.0.1:53` or `[fd00::7]:53`. */
export function formatHostPort(address: Address, port: number): string {
  return familyOf(address) === 4 ? `${address}:${port}` : `[${address}]:${port}`
}
