// SPDX-License-Identifier: Apache-2.0
/** One type as `bpftool -j btf dump file` prints it; only what the layout needs. */
export interface BtfType {
  id: number
  kind: string
  name: string
  size?: number
  type_id?: number
  nr_elems?: number
  bits_offset?: number
  members?: { name: string; type_id: number; bits_offset: number; bitfield_size?: number }[]
  /** As text: bpftool 7.1 prints an unsigned value sign-extended to 64 bits, more than a number can hold. */
  values?: { name: string; val: string }[]
  encoding?: string
  vars?: { type_id: number }[]
}

/** The types of one object by id. */
export type Btf = ReadonlyMap<number, BtfType>

export function parseBtf(json: string): Btf {
  const exact = json.replace(/"val":\s*(-?\d+)/g, '"val":"$1"')
  const dump = JSON.parse(exact) as { types: BtfType[] }
  return new Map(dump.types.map(type => [type.id, type]))
}

/** The type behind typedefs, const and volatile. */
export function resolve(btf: Btf, id: number): BtfType {
  let type = get(btf, id)
  while (['TYPEDEF', 'CONST', 'VOLATILE'].includes(type.kind)) type = get(btf, type.type_id!)
  return type
}

export function get(btf: Btf, id: number): BtfType {
  const type = btf.get(id)
  if (!type) throw new Error(`the object's BTF has no type ${id}`)
  return type
}

/** The global variables, and apart from them the map definitions (the variables of the section .maps). */
export function variables(btf: Btf): { maps: BtfType[]; globals: BtfType[] } {
  const inMaps = new Set([...btf.values()].filter(isMapSection).flatMap(s => s.vars!.map(v => v.type_id)))
  const all = [...btf.values()].filter(type => type.kind === 'VAR')
  return { maps: all.filter(v => inMaps.has(v.id)), globals: all.filter(v => !inMaps.has(v.id)) }
}

function isMapSection(type: BtfType): boolean {
  return type.kind === 'DATASEC' && type.name === '.maps'
}
