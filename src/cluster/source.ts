// SPDX-License-Identifier: Apache-2.0
import type { Path } from '../base/place.ts'

/** One export as it was read: a file, standard input, or what an API server answered. */
export interface Source {
  name: string
  bytes: Uint8Array
  /** It is no file that a reader could open: a place in it is its name, without a line. */
  isRemote?: boolean
}

/** Where an object came from: byte offsets instead of text, so that a big export is held once, as bytes. */
export interface Origin {
  /** Position in the list of sources. */
  source: number
  start: number
  end: number
  /** Where the object stands in the chunk from `start` to `end`, which is a YAML or JSON text by itself. */
  path: Path
}

/** The bytes as text; exports are UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end)
}

/** UTF-8 without a byte order mark, whatever the shell made of kubectl's output (PowerShell's `>` writes UTF-16). */
export function normalizeSource(source: Source): Source {
  const [a, b, c] = source.bytes
  if (a === 0xff && b === 0xfe) {
    return { ...source, bytes: Buffer.from(new TextDecoder('utf-16le').decode(source.bytes)) }
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? { ...source, bytes: source.bytes.subarray(3) } : source
}
