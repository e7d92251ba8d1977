import { endianness } from 'node:os'
import { readAddress, writeAddress } from '../base/address.ts'
import { structs } from './layout.gen.ts'

export type StructName = keyof typeof structs
type Scalar = 'u8' | 'u16' | 'u32' | 'u64' | 'be16' | 'be32'
interface FieldLayout {
  readonly offset: number
  readonly type: string
  readonly count?: number
}

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

const LITTLE = endianness() === 'LE'

/** The struct's bytes, pads zero, as a latin1 string. */
export function encode<S extends StructName>(struct: S, value: StructValue<S>): string {
  const bytes = Buffer.alloc(structs[struct].size)
  writeStruct(struct, value as Record<string, unknown>, bytes, 0)
  return bytes.toString('latin1')
}

/** The inverse of encode. The bytes must have the struct's size. */
export function decode<S extends StructName>(struct: S, text: string): StructValue<S> {
  return readStruct(struct, Buffer.from(text, 'latin1'), 0) as StructValue<S>
}

/** A plain u32 key (array index) or value. */
export function encodeU32(value: number): string {
  const bytes = Buffer.alloc(4)
  writeScalar('u32', value, bytes, 0)
  return bytes.toString('latin1')
}

export function decodeU32(text: string): number {
  return Number(readScalar('u32', Buffer.from(text, 'latin1'), 0))
}

function writeStruct(struct: StructName, value: Record<string, unknown>, bytes: Buffer, at: number): void {
  const fields = structs[struct].fields as Record<string, FieldLayout>
  for (const name in fields) {
    if (name.startsWith('pad')) continue
    writeField(fields[name]!, value[name], bytes, at + fields[name]!.offset)
  }
}

function writeField(field: FieldLayout, value: unknown, bytes: Buffer, at: number): void {
  if (field.type === 'ip') return writeAddress(value as string, bytes, at)
  if (field.type in structs) return writeStruct(field.type as StructName, value as Record<string, unknown>, bytes, at)
  if (field.count === undefined) return writeScalar(field.type as Scalar, value as number | bigint, bytes, at)
  if (field.type === 'u8') return void bytes.set(value as Uint8Array, at)
  const width = widthOf(field.type as Scalar)
  for (const [i, item] of (value as (number | bigint)[]).entries()) {
    writeScalar(field.type as Scalar, item, bytes, at + i * width)
  }
}

function readStruct(struct: StructName, bytes: Buffer, at: number): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  const fields = structs[struct].fields as Record<string, FieldLayout>
  for (const name in fields) {
    if (!name.startsWith('pad')) value[name] = readField(fields[name]!, bytes, at + fields[name]!.offset)
  }
  return value
}

function readField(field: FieldLayout, bytes: Buffer, at: number): unknown {
  if (field.type === 'ip') return readAddress(bytes, at)
  if (field.type in structs) return readStruct(field.type as StructName, bytes, at)
  if (field.count === undefined) return readScalar(field.type as Scalar, bytes, at)
  if (field.type === 'u8') return new Uint8Array(bytes.subarray(at, at + field.count))
  const width = widthOf(field.type as Scalar)
  return Array.from({ length: field.count }, (_, i) => readScalar(field.type as Scalar, bytes, at + i * width))
}

function widthOf(type: Scalar): number {
  return type === 'u8' ? 1 : type.endsWith('16') ? 2 : type.endsWith('32') ? 4 : 8
}

/** be* is wire order; u* is the order of this machine, which is the kernel's. */
function writeScalar(type: Scalar, value: number | bigint, bytes: Buffer, at: number): void {
  switch (type) {
    case 'u8':
      return void bytes.writeUInt8(value as number, at)
    case 'be16':
      return void bytes.writeUInt16BE(value as number, at)
    case 'be32':
      return void bytes.writeUInt32BE(value as number, at)
    case 'u16':
      return void (LITTLE ? bytes.writeUInt16LE(value as number, at) : bytes.writeUInt16BE(value as number, at))
    case 'u32':
      return void (LITTLE ? bytes.writeUInt32LE(value as number, at) : bytes.writeUInt32BE(value as number, at))
    case 'u64':
      return void (LITTLE ? bytes.writeBigUInt64LE(value as bigint, at) : bytes.writeBigUInt64BE(value as bigint, at))
  }
}

function readScalar(type: Scalar, bytes: Buffer, at: number): number | bigint {
  switch (type) {
    case 'u8':
      return bytes.readUInt8(at)
    case 'be16':
      return bytes.readUInt16BE(at)
    case 'be32':
      return bytes.readUInt32BE(at)
    case 'u16':
      return LITTLE ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
    case 'u32':
      return LITTLE ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
    case 'u64':
      return LITTLE ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)
  }
}
