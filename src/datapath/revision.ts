// SPDX-License-Identifier: Apache-2.0
import { decode, encode, encodeU32 } from './codec.ts'
import { type Image, zeroValue } from './image.ts'
import { layoutHash, structs } from './layout.gen.ts'

/** What the map `revision` says; hashes in hex. Builds of every layout can read it of each other. */
export interface Revision {
  /** Of the canonical spec. */
  spec: string
  /** Of the object that the programs came from. */
  programs: string
  /** Of everything that the build knows of bytes in maps: with another one they cannot be read as an image. */
  layout: string
  /** How many service ports have a backend. */
  serving: number
}

export const REVISION_KEY = encodeU32(0)

/** Fields behind this one may be missing in a map of another build. */
const { offset: LEAST_SIZE } = structs.revision.fields.serving

/** The value of `revision` that this build writes. */
export function encodeRevision({ spec, programs, serving }: Omit<Revision, 'layout'>): string {
  const bytes = (hex: string) => Buffer.from(hex, 'hex')
  return encode('revision', {
    spec: bytes(spec),
    programs: bytes(programs),
    layout: BigInt(`0x${layoutHash}`),
    serving,
  })
}

/** Reads the value of any build: fields that it does not have are zero. Undefined when nothing was written yet. */
export function decodeRevision(value: string): Revision | undefined {
  if (value.length < LEAST_SIZE || !/[^\0]/.test(value)) return undefined
  const fields = decode('revision', (value + zeroValue('revision')).slice(0, structs.revision.size))
  return {
    spec: Buffer.from(fields.spec).toString('hex'),
    programs: Buffer.from(fields.programs).toString('hex'),
    layout: fields.layout.toString(16).padStart(16, '0'),
    serving: fields.serving,
  }
}

/** The revision that an image carries; undefined before the first apply. */
export function revisionIn(image: Image): Revision | undefined {
  return decodeRevision(image.revision.get(REVISION_KEY) ?? '')
}
