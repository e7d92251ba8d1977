// SPDX-License-Identifier: Apache-2.0
import { endianness } from 'node:os'
import { readAddress, writeAddress } from '../base/address.ts'
import { structs } from './layout.gen.ts'

type StructName = keyof typeof structs
type Scalar = 'u8' | 'u16' | 'u32' | 'u64' | 'be16' | 'be32'
interface FieldLayout {
  readonly offset: number
  readonly type: Scalar | 'ip' | StructName
  readonly count?: number
}

/** Compiles only while every type of field that the layout has is one that this file reads and writes. */
const LAYOUT: Readonly<Record<StructName, { size: number; fields: Readonly<Record<string, FieldLayout>> }>> = structs

/** How a field looks to TypeScript: u64 is bigint, `ip` is address text, an array of u8 is bytes. */
type FieldValue<F extends FieldLayout> = F extends { count: number }
  ? F['type'] extends 'u8'
    ? Uint8Array
    : F['type'] extends 'u64'
      ? readonly bigint[]
      : readonly number[]
  : F['type'] extends 'u64'
    ? bigint
    : F['type'] extends 'ip'
      ? string
      : F['type'] extends StructName
        ? StructValue<F['type']>
        : number
type Fields<S extends StructName> = (typeof structs)[S]['fields']
export type StructValue<S extends StructName> = {
  [K in keyof Fields<S> as K extends `pad${string}` ? never : K]: Fields<S>[K] extends FieldLayout
    ? FieldValue<Fields<S>[K]>
    : never
}

/** The byte order of this machine, and so of its kernel. */
export const LITTLE = endianness() === 'LE'

/** The struct's bytes, pads zero, as a latin1 string. */
export function encode<S extends StructName>(struct: S, value: StructValue<S>): string {
  const { scratch, view, fields } = codecOf(struct)
  scratch.fill(0)
  for (const { name, field } of fields) writeField(field, (value as Record<string, unknown>)[name], scratch, view, 0)
  return scratch.toString('latin1')
}

/** The inverse of encode. The bytes must have the struct's size. */
export function decode<S extends StructName>(struct: S, text: string): StructValue<S> {
  const { scratch, view, fields } = codecOf(struct)
  scratch.write(text, 'latin1')
  return readFields(fields, scratch, view, 0) as StructValue<S>
}

/** A plain u32 key (array index) or value. */
export function encodeU32(value: number): string {
  const bytes = Buffer.alloc(4)
  viewOf(bytes).setUint32(0, value, LITTLE)
  return bytes.toString('latin1')
}

/** The inverse of encodeU32. */
export function decodeU32(text: string): number {
  return viewOf(Buffer.from(text, 'latin1')).getUint32(0, LITTLE)
}

/** What is worked out once for each struct: its fields without pads, and room for one value. */
interface Codec {
  scratch: Buffer
  view: DataView
  fields: { name: string; field: FieldLayout }[]
}

const codecs = new Map<StructName, Codec>()

function codecOf(struct: StructName): Codec {
  const known = codecs.get(struct)
  if (known) return known
  const scratch = Buffer.alloc(LAYOUT[struct].size)
  const fields = Object.entries(LAYOUT[struct].fields)
    .filter(([name]) => !name.startsWith('pad'))
    .map(([name, field]) => ({ name, field }))
  const codec = { scratch, view: viewOf(scratch), fields }
  codecs.set(struct, codec)
  return codec
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function writeField(field: FieldLayout, value: unknown, bytes: Buffer, view: DataView, base: number): void {
  const at = base + field.offset
  if (field.type === 'ip') return void writeAddress(value as string, bytes, at)
  if (field.count !== undefined) return writeArray(field, value, bytes, view, at)
  if (!(field.type in structs)) return writeScalar(field.type as Scalar, value as number | bigint, view, at)
  for (const { name, field: inner } of codecOf(field.type as StructName).fields) {
    writeField(inner, (value as Record<string, unknown>)[name], bytes, view, at)
  }
}

function writeArray(field: FieldLayout, value: unknown, bytes: Buffer, view: DataView, at: number): void {
  if (field.type === 'u8') return void bytes.set(value as Uint8Array, at)
  const width = widthOf(field.type as Scalar)
  for (const [i, item] of (value as (number | bigint)[]).entries()) {
    writeScalar(field.type as Scalar, item, view, at + i * width)
  }
}

function readFields(fields: Codec['fields'], bytes: Buffer, view: DataView, base: number): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const { name, field } of fields) value[name] = readField(field, bytes, view, base + field.offset)
  return value
}

function readField(field: FieldLayout, bytes: Buffer, view: DataView, at: number): unknown {
  if (field.type === 'ip') return readAddress(bytes, at)
  if (field.type in structs) return readFields(codecOf(field.type as StructName).fields, bytes, view, at)
  if (field.count === undefined) return readScalar(field.type as Scalar, view, at)
  // A copy: the bytes behind it are used again.
  if (field.type === 'u8') return new Uint8Array(bytes.subarray(at, at + field.count))
  const width = widthOf(field.type as Scalar)
  return Array.from({ length: field.count }, (_, i) => readScalar(field.type as Scalar, view, at + i * width))
}

function widthOf(type: Scalar): number {
  return type === 'u8' ? 1 : type.endsWith('16') ? 2 : type.endsWith('32') ? 4 : 8
}

/** be* is wire order; u* is the order of this machine, which is the kernel's. */
function writeScalar(type: Scalar, value: number | bigint, view: DataView, at: number): void {
  switch (type) {
    case 'u8':
      return view.setUint8(at, value as number)
    case 'be16':
      return view.setUint16(at, value as number)
    case 'be32':
      return view.setUint32(at, value as number)
    case 'u16':
      return view.setUint16(at, value as number, LITTLE)
    case 'u32':
      return view.setUint32(at, value as number, LITTLE)
    case 'u64':
      return view.setBigUint64(at, value as bigint, LITTLE)
  }
}

function readScalar(type: Scalar, view: DataView, at: number): number | bigint {
  switch (type) {
    case 'u8':
      return view.getUint8(at)
    case 'be16':
      return view.getUint16(at)
    case 'be32':
      return view.getUint32(at)
    case 'u16':
      return view.getUint16(at, LITTLE)
    case 'u32':
      return view.getUint32(at, LITTLE)
    case 'u64':
      return view.getBigUint64(at, LITTLE)
  }
}
