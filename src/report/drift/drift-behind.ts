// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../base/address.ts'
import { byText } from '../../base/sort.ts'
import type { Edges } from '../../compile/edges.ts'
import { formatBackend } from '../../datapath/backend.ts'
import { decode } from '../../datapath/codec.ts'
import { CONFIG_MAPS, type ConfigMap, type Image } from '../../datapath/image.ts'
import { addressOfKey } from '../../datapath/keys.ts'
import { joinSet, SET_BITS } from '../../datapath/range-set.ts'
import { formatDevice } from '../change/format-key.ts'
import type { Names } from '../change/print.ts'
import { formatList } from '../format-list.ts'
import type { Drift } from './drift.ts'

type Behind = Exclude<ConfigMap, 'frontends' | 'revision'>

/** Drift of the other maps: addresses and filters, pages, members and source ranges, edges. Keys are bytes here. */
export function driftBehind(applied: Image, held: Image, names: Names, edges: Edges): Drift[] {
  const maps = CONFIG_MAPS.filter(map => map !== 'frontends' && map !== 'revision')
  let owners: Owners | undefined
  return maps.flatMap(map =>
    [...differences(applied[map], held[map])].map(([key, kind]) => {
      const { thing, belongsTo } = describe(map, key, edges)
      if (belongsTo === undefined) return { map, key, kind, services: [], what: `${thing} ${STATES[kind]}` }
      owners ??= ownersIn(applied, names)
      const services = owners.get(belongsTo) ?? []
      return { map, key, kind, services, what: `${thing} of ${formatList(services) || 'no Service'} ${STATES[kind]}` }
    }),
  )
}

const STATES = { missing: 'is missing', added: 'should not be there', changed: 'has another value' } as const

function* differences(
  wanted: ReadonlyMap<string, string>,
  held: ReadonlyMap<string, string>,
): Generator<[string, Drift['kind']]> {
  for (const [key, value] of wanted) {
    const now = held.get(key)
    if (now === undefined) yield [key, 'missing']
    else if (now !== value) yield [key, 'changed']
  }
  const strays = [...held.keys()].filter(key => !wanted.has(key))
  // A dump has the order of the kernel's hash; a report has one order.
  for (const key of strays.sort(byText)) yield [key, 'added']
}

/** What an entry is, and the id of the block or set that it belongs to. */
function describe(map: Behind, key: string, edges: Edges): { thing: string; belongsTo?: bigint } {
  switch (map) {
    case 'addresses':
      return { thing: `the address ${addressOfKey(key)}` }
    case 'address_filter':
      return { thing: 'a line of the address filter' }
    case 'port_filter':
      return { thing: 'a line of the port filter' }
    case 'devices':
      return { thing: formatDevice(key, edges) }
    case 'epoch':
      return { thing: 'the epoch' }
    case 'pages': {
      const { block, page } = decode('page_key', key)
      return { thing: `page ${page} of the backends`, belongsTo: block }
    }
    case 'members': {
      const { block, address, port } = decode('member', key)
      return { thing: `the backend ${formatBackend({ address, port })}, which a client may keep,`, belongsTo: block }
    }
    case 'source_ranges': {
      const { prefix_length, address, ...id } = decode('range_key', key)
      return { thing: rangeIn(address, prefix_length - SET_BITS), belongsTo: joinSet(id) }
    }
  }
}

/** `prefix` counts in 128 bits; the element that denies all other clients has none. */
function rangeIn(address: string, prefix: number): string {
  if (prefix <= 0) return 'the end of the source ranges'
  return `the source range ${address}/${familyOf(address) === 4 ? prefix - 96 : prefix}`
}

/** Service ports by the id of the blocks and sets that their frontends use. */
type Owners = Map<bigint, string[]>

function ownersIn(image: Image, names: Names): Owners {
  const owners: Owners = new Map()
  for (const [key, value] of image.frontends) {
    const name = names(key)
    const { internal_block, external_block, source_ranges } = decode('frontend', value)
    for (const id of new Set([internal_block, external_block, source_ranges])) {
      const known = owners.get(id)
      if (name === undefined || known?.includes(name)) continue
      if (known) known.push(name)
      else owners.set(id, [name])
    }
  }
  return owners
}
