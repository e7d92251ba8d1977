// SPDX-License-Identifier: Apache-2.0
import { type Address, byCidr, type Family, familyOf } from '../base/address.ts'
import { type Protocol, protocolOfNumber } from '../base/protocol.ts'
import { type Backend, formatBackend } from '../datapath/backend.ts'
import { externalBackends, internalBackends } from '../datapath/blocks.ts'
import { frontendCheck } from '../datapath/check.ts'
import { decode, type StructValue } from '../datapath/codec.ts'
import type { Image } from '../datapath/image.ts'
import { UNSPECIFIED } from '../datapath/keys.ts'
import { enums } from '../datapath/layout.gen.ts'
import { joinSet, SET_BITS } from '../datapath/range-set.ts'

const { FRONTEND_INTERNAL_DROP, FRONTEND_EXTERNAL_DROP, FRONTEND_EXTERNAL_LOCAL } = enums.frontend_flags

/** What a client gets at a frontend: a backend; without backends a refusal, or a drop if there are endpoints elsewhere. */
export interface ObservedVerdict {
  backends: Backend[]
  drops: boolean
}

/** A frontend as the maps have it. */
export interface Observed {
  key: string
  /** Absent for a node port. */
  address: Address | undefined
  family: Family
  port: number
  protocol: Protocol
  internal: ObservedVerdict
  external: ObservedVerdict
  externalLocal: boolean
  affinitySeconds: number
  /** Canonical CIDRs. */
  ranges: string[]
}

/** A service port: its name, and its frontends. */
export interface ObservedPort {
  name: string
  frontends: Observed[]
}

/** Equal for equal verdicts. */
export function signatureOf({ backends, drops }: ObservedVerdict): string {
  return `${drops ? '!' : ''}${backends.map(formatBackend).join(' ')}`
}

/** The frontends of an image, by the id of their service port; without those of a wrong check value, which the programs refuse. */
export function observe(image: Image): Map<bigint, Observed[]> {
  const ranges = rangeSets(image)
  const ports = new Map<bigint, Observed[]>()
  for (const [key, value] of image.frontends) {
    const frontend = decode('frontend', value)
    if (frontend.check !== frontendCheck(key, frontend)) continue
    const { service } = frontend
    const observed = observeOne(image, key, frontend, ranges)
    const known = ports.get(service)
    if (known) known.push(observed)
    else ports.set(service, [observed])
  }
  return ports
}

/** Names every field of the value: one that is added to the layout must be handled here before this compiles. */
function observeOne(
  image: Image,
  key: string,
  frontend: StructValue<'frontend'>,
  ranges: ReadonlyMap<bigint, string[]>,
): Observed {
  const {
    source_ranges,
    affinity_seconds,
    flags,
    service: _serviceIsTheGroup,
    internal_block: _blockIsRead,
    internal_count: _countIsRead,
    external_block: _externalBlockIsRead,
    external_count: _externalCountIsRead,
    slots: _slotsAreRead,
    check: _checkIsRight,
    ...others
  } = frontend
  others satisfies Record<string, never>
  const { address, port, protocol } = decode('frontend_key', key)
  const family = familyOf(address)
  return {
    key,
    address: address === UNSPECIFIED[family] ? undefined : address,
    family,
    port,
    protocol: protocolOfNumber(protocol) ?? 'TCP',
    internal: {
      backends: internalBackends(image, frontend, family) ?? [],
      drops: (flags & FRONTEND_INTERNAL_DROP) !== 0,
    },
    external: {
      backends: externalBackends(image, frontend, family) ?? [],
      drops: (flags & FRONTEND_EXTERNAL_DROP) !== 0,
    },
    externalLocal: (flags & FRONTEND_EXTERNAL_LOCAL) !== 0,
    affinitySeconds: affinity_seconds,
    ranges: ranges.get(source_ranges) ?? [],
  }
}

/** By the id of the set. */
function rangeSets(image: Image): Map<bigint, string[]> {
  const sets = new Map<bigint, string[]>()
  for (const [key, value] of image.source_ranges) {
    const { prefix_length, address, ...id } = decode('range_key', key)
    const set = joinSet(id)
    if (decode('range', value).verdict !== set) continue
    const prefix = prefix_length - SET_BITS - (familyOf(address) === 4 ? MAPPED_BITS : 0)
    sets.set(set, [...(sets.get(set) ?? []), `${address}/${prefix}`].sort(byCidr))
  }
  return sets
}

/** Bits of ::ffff: before an IPv4 address. */
const MAPPED_BITS = 96
