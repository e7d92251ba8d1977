// SPDX-License-Identifier: Apache-2.0
import type { Address } from './address.ts'

/** What an address is when it is not one that a host somewhere else can have (RFC 6890). */
export type SpecialKind = 'unspecified' | 'loopback' | 'link-local' | 'multicast' | 'broadcast' | 'class E'

/** The special kind of a canonical address; undefined for an ordinary unicast address. */
export function specialKindOf(address: Address): SpecialKind | undefined {
  if (address.includes(':')) return specialKindOfIPv6(address)
  const first = Number.parseInt(address, 10)
  if (first > 0 && first < 127) return undefined
  if (first === 127) return 'loopback'
  if (address === '0.0.0.0') return 'unspecified'
  if (address.startsWith('169.254.')) return 'link-local'
  if (address === '255.255.255.255') return 'broadcast'
  if (first >= 240) return 'class E'
  return first >= 224 ? 'multicast' : undefined
}

function specialKindOfIPv6(address: Address): SpecialKind | undefined {
  if (address === '::') return 'unspecified'
  if (address === '::1') return 'loopback'
  if (/^fe[89ab][0-9a-f]:/.test(address)) return 'link-local'
  return /^ff[0-9a-f]{2}:/.test(address) ? 'multicast' : undefined
}

/** `a loopback address` */
export function formatSpecialKind(kind: SpecialKind): string {
  const article = kind === 'unspecified' ? 'the' : 'a'
  return `${article} ${kind} address`
}
