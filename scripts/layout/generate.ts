// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { type Btf, type BtfType, get, resolve, variables } from './btf.ts'

/** What is wrong with the C side; its message is for the person who edits it. */
export class LayoutError extends Error {}

interface Field {
  offset: number
  type: string
  /** The enum that says what the number means. */
  enum?: string
  count?: number
}

interface MapLayout {
  type: string
  key: string
  value: string
  keySize: number
  valueSize: number
  maxEntries: number
  flags: number
}

interface Layout {
  maps: Record<string, MapLayout>
  structs: Record<string, { size: number; fields: Record<string, Field> }>
  enums: Record<string, Record<string, number>>
}

/** The text of layout.gen.ts. The same declarations give the same text, whatever the order of the objects. */
export function generateLayout(dumps: readonly { object: string; types: Btf }[]): string {
  const layout: Layout = { maps: {}, structs: {}, enums: {} }
  for (const { object, types } of dumps) collect(layout, object, types)
  const declare = (name: string, value: object) => `export const ${name} = ${print(sorted(value))} as const\n`
  const parts = (['maps', 'structs', 'enums'] as const).map(name => declare(name, layout[name]))
  const head =
    '// SPDX-License-Identifier: Apache-2.0\n// Generated from the BTF of bpf/*.bpf.o by scripts/layout.ts (make layout). Do not edit.\n'
  return [
    head,
    ...parts,
    `/** A hash of all of the above: equal means that an image can be read. */\nexport const layoutHash = '${hash(parts.join('\n'))}'\n`,
    `/** Hashes of single maps, by what is in them: type, flags, key, value, and all that these are made of. */\n${declare('mapLayouts', mapHashes(layout))}`,
  ].join('\n')
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** How many entries a map has room for is no part of what they are. */
function mapHashes(layout: Layout): Record<string, string> {
  const hashes = Object.entries(layout.maps).map(([name, { maxEntries: _, ...map }]) => {
    const parts = new Map<string, unknown>()
    for (const type of [map.key, map.value]) collectParts(layout, type, parts)
    return [name, hash(print({ map, ...sorted(Object.fromEntries(parts)) }))]
  })
  return Object.fromEntries(hashes)
}

/** The structs and enums that a type is made of, itself included. */
function collectParts(layout: Layout, type: string, parts: Map<string, unknown>): void {
  const struct = layout.structs[type]
  if (!struct) return
  parts.set(`struct ${type}`, struct)
  for (const field of Object.values(struct.fields)) {
    collectParts(layout, field.type, parts)
    if (field.enum !== undefined) parts.set(`enum ${field.enum}`, layout.enums[field.enum])
  }
}

function collect(layout: Layout, object: string, btf: Btf): void {
  const { maps, globals } = variables(btf)
  for (const variable of globals) addType(layout, object, btf, variable.type_id!)
  for (const variable of maps) {
    if (isPrivate(btf, variable)) continue
    add(layout.maps, variable.name, readMap(layout, object, btf, variable), `map ${variable.name}`, object)
  }
}

/** A map that says sizes instead of types is for its programs alone. */
function isPrivate(btf: Btf, variable: BtfType): boolean {
  return resolve(btf, variable.type_id!).members!.some(member => member.name === 'value_size')
}

/** A map definition: integers are array lengths behind a pointer, types are behind a pointer (bpf_helpers.h). */
function readMap(layout: Layout, object: string, btf: Btf, variable: BtfType): MapLayout {
  const definition = resolve(btf, variable.type_id!)
  const pointee = (name: string): number | undefined => {
    const member = definition.members!.find(m => m.name === name)
    return member && resolve(btf, member.type_id).type_id
  }
  const integer = (name: string): number => {
    const id = pointee(name)
    return id === undefined ? 0 : get(btf, id).nr_elems!
  }
  const side = (name: string) => {
    const id = pointee(name)
    if (id === undefined) throw new LayoutError(`${object}: map ${variable.name} has no ${name} type`)
    return { type: addType(layout, object, btf, id).type, size: sizeOf(btf, id) }
  }
  const number = integer('type')
  const type = MAP_TYPES[number]
  if (!type) throw new LayoutError(`${object}: map ${variable.name} has type ${number}, not known to scripts/layout`)
  const [key, value] = [side('key'), side('value')]
  return {
    type,
    key: key.type,
    value: value.type,
    keySize: key.size,
    valueSize: value.size,
    maxEntries: integer('max_entries'),
    flags: integer('map_flags'),
  }
}

/** enum bpf_map_type, as `bpftool map create` names the types. */
const MAP_TYPES: Readonly<Record<number, string>> = {
  1: 'hash',
  2: 'array',
  6: 'percpu_array',
  9: 'lru_hash',
  11: 'lpm_trie',
  24: 'sk_storage',
}

/** Says what a field of this type is, and takes the struct or enum that it names, and all below it, into the layout. */
function addType(layout: Layout, object: string, btf: Btf, id: number): Omit<Field, 'offset'> {
  const wire = wireOrder(btf, id)
  if (wire) return { type: wire }
  const type = resolve(btf, id)
  switch (type.kind) {
    case 'INT':
      return { type: `u${type.size! * 8}` }
    case 'ARRAY':
      return { ...addType(layout, object, btf, type.type_id!), count: type.nr_elems! }
    case 'ENUM':
      add(layout.enums, type.name, readEnum(type), `enum ${type.name}`, object)
      return { type: 'u32', enum: type.name }
    case 'STRUCT':
      add(layout.structs, type.name, readStruct(layout, object, btf, type), `struct ${type.name}`, object)
      return { type: type.name }
    default:
      throw new LayoutError(`${object}: ${type.kind} ${type.name} has no place in a map or a global`)
  }
}

/** be16 or be32 when the declaration said so: the byte order is in the name of a typedef, the bytes do not show it. */
function wireOrder(btf: Btf, id: number): string | undefined {
  let type = get(btf, id)
  while (type.kind === 'TYPEDEF') {
    if (/^__be(16|32|64)$/.test(type.name)) return type.name.slice(2)
    type = get(btf, type.type_id!)
  }
  return undefined
}

function readEnum(type: BtfType): Record<string, number> {
  const width = type.encoding === 'SIGNED' ? BigInt.asIntN : BigInt.asUintN
  return Object.fromEntries(type.values!.map(v => [v.name, Number(width(32, BigInt(v.val)))]))
}

function readStruct(layout: Layout, object: string, btf: Btf, struct: BtfType): Layout['structs'][string] {
  const fields: Record<string, Field> = {}
  let end = 0
  for (const member of struct.members!) {
    if (member.bitfield_size || member.bits_offset % 8 !== 0) {
      throw new LayoutError(`${object}: struct ${struct.name} has a bit field, ${member.name}; use a flag enum`)
    }
    const offset = member.bits_offset / 8
    refuseGap(object, struct.name, end, offset, `before "${member.name}"`)
    fields[member.name] = { offset, ...addType(layout, object, btf, member.type_id) }
    end = offset + sizeOf(btf, member.type_id)
  }
  refuseGap(object, struct.name, end, struct.size!, 'at the end')
  return { size: struct.size!, fields }
}

function refuseGap(object: string, struct: string, from: number, to: number, where: string): void {
  if (from >= to) return
  const bytes = to - from === 1 ? '1 unnamed byte' : `${to - from} unnamed bytes`
  throw new LayoutError(
    `${object}: struct ${struct} has ${bytes} ${where} (offset ${from}); name them with a pad field`,
  )
}

function sizeOf(btf: Btf, id: number): number {
  const type = resolve(btf, id)
  return type.kind === 'ARRAY' ? type.nr_elems! * sizeOf(btf, type.type_id!) : type.size!
}

/** Two objects may declare the same thing, but not differently. */
function add<T>(into: Record<string, T>, name: string, value: T, what: string, object: string): void {
  const known = into[name]
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(value)) {
    throw new LayoutError(`${object}: ${what} differs from its declaration in another object`)
  }
  into[name] = value
}

function sorted(record: object): object {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** An object literal; what fits stands on one line. */
function print(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? `'${value}'` : String(value)
  const entries = Object.entries(value)
  const line = `{ ${entries.map(([k, v]) => `${k}: ${print(v)}`).join(', ')} }`
  if (indent.length + line.length <= 118 && !line.includes('\n') && !entries.some(([, v]) => holdsRecords(v)))
    return line
  return `{\n${entries.map(([k, v]) => `${indent}  ${k}: ${print(v, `${indent}  `)},\n`).join('')}${indent}}`
}

function holdsRecords(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).some(v => typeof v === 'object')
}
